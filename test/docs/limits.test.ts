import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { BUDGETS, FAULTS, ratesOf } from '../../src/graphql/limits.js';

const text = readFileSync('docs/operations.md', 'utf8')
  .split('\n### What each user may have\n')[1]!
  .split('\n### ')[0]!;

describe('the budgets in docs/operations.md', () => {
  it('are those of the program', () => {
    const told = [...text.matchAll(/^\| `(\w+)` +\| ([\d,]+) /gm)].map(([, kind, perSecond]) => [
      kind,
      Number(perSecond!.replaceAll(',', '')),
    ]);
    assert.deepEqual(
      told,
      Object.entries(BUDGETS).map(([kind, { perSecond }]) => [kind, perSecond]),
    );
  });

  it('say what a fault costs, what a peer may, and how much can be spent at once', () => {
    for (const points of [`${FAULTS.request} for a request`, `${FAULTS.signature} for a forged`]) {
      assert.ok(text.includes(points), points);
    }
    assert.ok(text.includes(`${FAULTS.block} for a block`));
    const { requests } = ratesOf(true);
    assert.equal(requests.perSecond, 10 * BUDGETS.requests.perSecond);
    assert.equal(requests.burst, 5 * requests.perSecond);
    assert.match(text, /ten times as much.*five seconds of it/s);
  });
});
