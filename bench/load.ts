import { Pool } from 'undici';

/** Figures of one load run. */
export interface LoadResult {
  /** Requests answered a second. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * Posts every body once, `connections` at a time, to a JSON endpoint, and times it. `check` gets each parsed answer and throws if it is
 * not a success: refusals must not count. The same generator loads every subject.
 */
export async function load(
  url: string,
  bodies: readonly string[],
  connections: number,
  check: (answer: unknown) => void,
): Promise<LoadResult> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const latencies = new Float64Array(bodies.length);
  let next = 0;
  const started = performance.now();
  const work = async (): Promise<void> => {
    for (let i = next++; i < bodies.length; i = next++) {
      const sent = performance.now();
      const { body } = await pool.request({
        path: pathname,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bodies[i]!,
      });
      check(await body.json());
      latencies[i] = performance.now() - sent;
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  latencies.sort();
  return {
    perSecond: bodies.length / seconds,
    p50: latencies[Math.floor(bodies.length * 0.5)]!,
    p99: latencies[Math.floor(bodies.length * 0.99)]!,
  };
}
