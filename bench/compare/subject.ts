import { load, type Generator, type LoadResult, type Requests } from '../load/load.js';
import { processUse } from '../processUse.js';
import type { Server } from './server.js';

/** What subjects are asked, in the order in which they are, and what it is called. */
export const OPERATIONS = {
  trivial: 'a question without work',
  balance: 'a balance',
  balances: 'a balance, 100 a request',
  transaction: 'a transaction',
  transactions: 'a transaction, 100 a request',
} as const;
export type Operation = keyof typeof OPERATIONS;

export function operations(): Operation[] {
  return Object.keys(OPERATIONS) as Operation[];
}

/** The load of one operation. */
export interface Work {
  /** Sent before anything is measured: just-in-time compilers get to know their work. */
  readonly warmUp: Requests;
  /** One for each time that it is measured before the subject starts afresh. */
  readonly measured: readonly Requests[];
}

export type Works = Readonly<Record<Operation, Work>>;

/** A program under measurement. */
export interface Subject {
  readonly name: string;
  readonly works: Works;
  /** Starts it afresh: nothing of what it accepted before is there. */
  start(): Promise<RunningSubject>;
}

export interface RunningSubject extends Server {
  readonly url: string;
}

/** What an item of an operation, a question or a transaction, took. */
export interface Measure extends Pick<LoadResult, 'p50' | 'p99' | 'refusedShare'> {
  /** Accepted ones. */
  readonly perSecond: number;
  /** Processor time of the server and of all processes that it started, microseconds. */
  readonly cpuMicros: number;
}

/** How each load is made. */
export interface Terms {
  /** After so many a measurement ends early: a slow subject gets less than all of it. */
  readonly mostSeconds: number;
  readonly generator: Generator;
}

/** Sends the warm-up of an operation: all of it, since later transactions of the same accounts count on those of it. */
export async function warmUp({ url }: RunningSubject, { warmUp }: Work, { generator }: Terms): Promise<void> {
  // A node that does not know its work yet would refuse what waits behind many others.
  const connections = Math.min(warmUp.connections, WARM_UP_CONNECTIONS);
  await load(url, { ...warmUp, connections }, PATIENCE_SECONDS, generator);
}

/** Sends requests, and reads the server's processor time before and after. */
export async function measure(running: RunningSubject, requests: Requests, terms: Terms): Promise<Measure> {
  const before = await processUse(running.pid);
  const { items, seconds, ...others } = await load(running.url, requests, terms.mostSeconds, terms.generator);
  const after = await processUse(running.pid);
  return { perSecond: items / seconds, cpuMicros: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / items, ...others };
}

const WARM_UP_CONNECTIONS = 8;
/** For loads that must be complete. */
export const PATIENCE_SECONDS = 120;
