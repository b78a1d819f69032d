import type { TestContext } from 'node:test';

/** A seed for fast-check, printed whatever the result: another in every run, or PROPERTY_SEED to repeat one. */
export function propertySeed(test: TestContext): number {
  const seed = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  test.diagnostic(`repeat with PROPERTY_SEED=${seed}`);
  return seed;
}
