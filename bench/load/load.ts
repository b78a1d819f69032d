import { spawnSync } from 'node:child_process';
import { undiciLoad } from './undici.js';
import { wrkLoad } from './wrk.js';

/** Requests of one kind, and how an accepted one is told from a refused one. */
export interface Requests {
  /** File of bodies, one a line. */
  readonly bodies: string;
  /** How many requests are sent; after the last body comes the first again. */
  readonly count: number;
  /** Requests under way at a time. */
  readonly connections: number;
  /** Questions or transactions in each body. */
  readonly items: number;
  /** Text that an answer has so many times if all of them are accepted. */
  readonly accepted: string;
  readonly times: number;
}

/** Figures of one load. */
export interface LoadResult {
  /** Questions or transactions of the answers that accept all of theirs. */
  readonly items: number;
  /** Share of the other answers: a busy node refuses. */
  readonly refusedShare: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Milliseconds of a request. */
  readonly p50: number;
  readonly p99: number;
}

/** What a load generator counted. */
export interface LoadCounts extends Omit<LoadResult, 'items' | 'refusedShare'> {
  /** Requests with an answer, of whatever kind. */
  readonly answered: number;
  /** Of these, answers that do not accept all items. */
  readonly refused: number;
  /** Requests without an answer. */
  readonly broken: number;
  /** One of those answers, or what broke. */
  readonly refusal?: string;
}

/** wrk, or a program on undici. Each is a process of its own. */
export type Generator = 'wrk' | 'undici';

/** wrk where it is installed: it leaves more of the machine to the server. */
export function installedGenerator(): Generator {
  return spawnSync('wrk', ['--version']).error ? 'undici' : 'wrk';
}

/**
 * Posts requests to a JSON endpoint, and sends none after so many seconds; what is under way then is still answered and counted.
 * Throws, with an answer, if more than a few were refused.
 */
export async function load(
  url: string,
  requests: Requests,
  seconds: number,
  generator: Generator = installedGenerator(),
): Promise<LoadResult> {
  const counts = await (generator === 'wrk' ? wrkLoad : undiciLoad)(url, requests, seconds);
  const { answered, refused, broken, refusal, ...figures } = counts;
  const refusedShare = refused / answered;
  if (broken > 0 || !(refusedShare <= MOST_REFUSED)) {
    const expected = `${answered} answers with ${requests.times} × ${requests.accepted}`;
    throw new Error(`expected ${expected}, got ${refused} others, and ${broken} requests without one: ${refusal}`);
  }
  return { ...figures, items: (answered - refused) * requests.items, refusedShare };
}

/** Above it, a figure would say how fast a node refuses. */
const MOST_REFUSED = 0.05;
