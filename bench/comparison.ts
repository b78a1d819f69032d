import { measureAnvil } from './anvil.js';
import { measureCorrente } from './corrente.js';
import { signatureLimit } from './signatures.js';
import type { LoadResult } from './load.js';
import type { BenchSizes, Measurement } from './subject.js';

/**
 * `npm run bench -- anvil [--quick]`: this node and anvil under the same load generator in the same run, and the machine's limit.
 */
export async function benchAnvil(quick: boolean): Promise<void> {
  const sizes: BenchSizes = quick
    ? { warmUp: 1_600, transactions: 6_400, queries: 10_000, connections: 64 }
    : { warmUp: 1_600, transactions: 16_000, queries: 40_000, connections: 64 };

  console.log(
    `${sizes.transactions} transactions after ${sizes.warmUp} of warm-up and ${sizes.queries} queries a subject, ${sizes.connections} connections\n`,
  );
  const limit = signatureLimit(quick ? 500 : 2_000);
  const [ours, theirs] = [await measureCorrente(sizes), await measureAnvil(sizes)];

  const rows: (readonly [string, (subject: Measurement) => string])[] = [
    ['accept one by one, transactions/s', ({ accept }) => rate(accept)],
    ['accept in hundreds, transactions/s', ({ acceptHundreds }) => (acceptHundreds ? rate(acceptHundreds) : '-')],
    ['balance queries/s', ({ balance }) => rate(balance)],
    ['accept p50 / p99, ms', ({ accept }) => latency(accept)],
    ['balance p50 / p99, ms', ({ balance }) => latency(balance)],
    ['start to first answer, ms', ({ startMs }) => startMs.toFixed(0)],
    ['memory after the load, MiB', ({ memory }) => (memory / 2 ** 20).toFixed(0)],
  ];
  console.log(`${''.padEnd(36)}${'corrente'.padStart(14)}${'anvil'.padStart(14)}`);
  for (const [label, figure] of rows) {
    console.log(`${label.padEnd(36)}${figure(ours).padStart(14)}${figure(theirs).padStart(14)}`);
  }
  console.log(
    `\nsignature limit of one core          ${limit.toFixed(0).padStart(13)} verifications/s (Ed25519, libsodium)`,
  );
  console.log(
    `accept rate, corrente : anvil        ${(ours.accept.perSecond / theirs.accept.perSecond).toFixed(2).padStart(13)}`,
  );
  console.log('corrente answers after the transaction is on disk; anvil keeps it in memory only');
}

function rate({ perSecond }: LoadResult): string {
  return perSecond.toFixed(0);
}

function latency({ p50, p99 }: LoadResult): string {
  return `${p50.toFixed(1)} / ${p99.toFixed(1)}`;
}
