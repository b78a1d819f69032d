import { readFile } from 'node:fs/promises';
import type { LoadResult } from './load.js';

/** The figures of one node. */
export interface Measurement {
  readonly name: string;
  /** Milliseconds from the start of the process to its first answer. */
  readonly startMs: number;
  /** Transactions sent one a request. */
  readonly accept: LoadResult;
  /** Transactions sent a hundred a request; rates are of transactions. */
  readonly acceptHundreds?: LoadResult;
  readonly balance: LoadResult;
  /** Resident memory after the load, bytes. */
  readonly memory: number;
}

export interface BenchSizes {
  /** Transactions sent one by one before the clock starts: they warm up the just-in-time compiler, for both subjects. */
  readonly warmUp: number;
  readonly transactions: number;
  readonly queries: number;
  readonly connections: number;
}

/** Resident memory of a process, bytes; 0 if /proc has no figure. */
export async function residentMemory(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** Transactions of each sender: below every mempool's limit for one sender. */
export const TRANSACTIONS_PER_SENDER = 16;
