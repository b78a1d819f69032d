/**
 * `npm run bench [-- ratios | compare | ledger | sync | relay | length | prices] [--quick] [--million] [--store]`: all parts, or the named ones; `--quick`
 * alone: the ratios. Compare figures within one run only: machines are shared and noisy. Exits 1 if a figure grows that must not.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    million: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
// Loaded only to run it: the parts have little in common.
const parts: Record<string, () => Promise<boolean>> = {
  ratios: async () => (await import('./compare/ratios.js')).benchRatios(values),
  compare: async () => {
    await (await import('./compare/compare.js')).benchCompare(values.quick);
    return true;
  },
  ledger: async () => {
    await (await import('./ledger.js')).benchLedger(values.quick);
    return true;
  },
  sync: async () => {
    await (await import('./sync.js')).benchSync(values.quick);
    return true;
  },
  relay: async () => (await import('./relay.js')).benchRelay(values.quick),
  prices: async () => (await import('./prices.js')).benchPrices(),
  length: async () => (await import('./length.js')).benchLength(values),
};

const all = values.quick ? ['ratios'] : Object.keys(parts);
const names = positionals.length > 0 ? positionals : all;
const unknown = names.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined) {
  console.error(`expected some of ${Object.keys(parts).join(', ')}, got ${unknown}`);
  process.exitCode = 2;
} else {
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}; all processes share it`,
  );
  for (const name of names) {
    console.log(`\n== ${name} ==\n`);
    if (!(await parts[name]!())) process.exitCode = 1;
  }
}
