import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadCounts, Requests } from './load.js';

/** What the process is sent. */
export interface LoadOrder extends Requests {
  readonly url: string;
  readonly seconds: number;
}

let child: ChildProcess | undefined;

/** Loads from one process, which is kept for the next load: a new one would take longer to start than many a load. */
export async function undiciLoad(url: string, requests: Requests, seconds: number): Promise<LoadCounts> {
  child ??= fork(PROGRAM, { execArgv: [] });
  // The process may not keep this one alive between loads; it ends with it.
  child.ref();
  child.channel!.ref();
  const over = new AbortController();
  const counted = once(child, 'message', over) as Promise<[LoadCounts]>;
  const ended = once(child, 'exit', over).then(([code]) => {
    throw new Error(`expected counts of the load generator, got its end by ${code}`);
  });
  child.send({ ...requests, url, seconds } satisfies LoadOrder);
  const [counts] = await Promise.race([counted, ended]);
  ended.catch(() => undefined);
  over.abort();
  child.unref();
  child.channel!.unref();
  return counts;
}

const PROGRAM = fileURLToPath(new URL('./undiciProcess.js', import.meta.url));
