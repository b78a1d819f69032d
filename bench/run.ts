/**
 * `npm run bench [-- anvil | sync | length | prices] [--quick] [--million]`: all parts, or the named ones. Compare figures within one run only:
 * machines are shared and noisy. Exits 1 if a figure grows that must not.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, million: { type: 'boolean', default: false } },
  allowPositionals: true,
});
// Loaded only to run it: the comparison needs packages that it installs.
const parts: Record<string, () => Promise<boolean>> = {
  anvil: async () => {
    await (await import('./comparison.js')).benchAnvil(values.quick);
    return true;
  },
  sync: async () => {
    await (await import('./sync.js')).benchSync(values.quick);
    return true;
  },
  prices: async () => (await import('./prices.js')).benchPrices(),
  length: async () => (await import('./length.js')).benchLength(values),
};

const names = positionals.length > 0 ? positionals : Object.keys(parts);
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
