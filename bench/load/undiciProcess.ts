import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import type { LoadCounts } from './load.js';
import type { LoadOrder } from './undici.js';

/* A process that loads a server as it is ordered to, and answers each order with what it counted. */

process.on('message', (order: LoadOrder) => void run(order).then((counts) => process.send!(counts)));
process.on('disconnect', () => process.exit());

async function run({ url, bodies, count, connections, accepted, times, seconds }: LoadOrder): Promise<LoadCounts> {
  const { origin, pathname: path } = new URL(url);
  const lines = readFileSync(bodies, 'utf8').trimEnd().split('\n');
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const latencies: number[] = [];
  let [next, refused, broken, refusal] = [0, 0, 0, ''];
  const headers = { 'content-type': 'application/json' };
  const started = performance.now();
  const isOver = () => next >= count || performance.now() >= started + seconds * 1_000;

  const work = async (): Promise<void> => {
    while (!isOver()) {
      const line = lines[next++ % lines.length]!;
      const sent = performance.now();
      try {
        const answer = await (await pool.request({ path, method: 'POST', headers, body: line })).body.text();
        latencies.push(performance.now() - sent);
        if (answer.split(accepted).length - 1 === times) continue;
        refused++;
        refusal = /"(code|errors?)".*/s.exec(answer)?.[0].slice(0, 500) ?? answer.slice(0, 500);
      } catch (error) {
        broken++;
        refusal = String(error);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  const took = (performance.now() - started) / 1_000;
  await pool.close();
  latencies.sort((a, b) => a - b);
  const quantile = (part: number) => latencies[Math.floor((latencies.length - 1) * part)] ?? 0;
  const counts = { answered: latencies.length, refused, broken, refusal };
  return { ...counts, seconds: took, p50: quantile(0.5), p99: quantile(0.99) };
}
