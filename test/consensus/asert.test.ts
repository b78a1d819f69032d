import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AsertSchedule, asertTarget, compactFromTarget, requiredTarget } from '../../src/consensus/pow.js';

const INTERVAL = 10_000;
const HALF_LIFE = 3_600_000;
const anchorTarget = 0x1c7fffff;

function schedule(change: Partial<AsertSchedule> = {}): AsertSchedule {
  return {
    anchor: { height: 0, parentTime: -INTERVAL, target: anchorTarget },
    idealInterval: INTERVAL,
    halfLife: HALF_LIFE,
    limit: 0x1d7fffff,
    ...change,
  };
}

/** Target after block `height`, `late` milliseconds behind schedule. */
const targetAt = (height: number, late: number, change: Partial<AsertSchedule> = {}) =>
  asertTarget(schedule(change), height, height * INTERVAL + late);

describe('the difficulty', () => {
  it('stays while blocks are on schedule, at any height', () => {
    for (const height of [0, 1, 1_000, 2 ** 31 - 1]) assert.equal(targetAt(height, 0), anchorTarget);
  });

  it('halves the target for each half-life ahead of schedule, and doubles it for each behind', () => {
    const target = requiredTarget(anchorTarget);
    assert.equal(targetAt(10, HALF_LIFE), compactFromTarget(target * 2n));
    assert.equal(targetAt(10, -HALF_LIFE), compactFromTarget(target / 2n));
    assert.equal(targetAt(10, -40 * HALF_LIFE), compactFromTarget(target >> 40n));
  });

  it('depends on height and time only, not on how the chain got there', () => {
    assert.equal(targetAt(500, 123_456), targetAt(77, 123_456));
  });

  it('never leaves the limit above, however late, nor the hardest target below, however early', () => {
    const easiest = { limit: anchorTarget };
    for (const late of [1_000, HALF_LIFE, 511 * HALF_LIFE, 513 * HALF_LIFE, 10 ** 14]) {
      assert.equal(targetAt(1, late, easiest), anchorTarget);
    }
    for (const early of [300 * HALF_LIFE, 513 * HALF_LIFE, 10 ** 14]) {
      assert.equal(requiredTarget(targetAt(1, -early)), 1n);
    }
  });

  it('grows with the delay and never falls', () => {
    let last = 0n;
    for (let late = -2 * HALF_LIFE; late <= HALF_LIFE; late += 60_000) {
      const target = requiredTarget(targetAt(1_000, late));
      assert.ok(target >= last, `${late} ms late`);
      last = target;
    }
    assert.equal(last, requiredTarget(compactFromTarget(requiredTarget(anchorTarget) * 2n)));
  });
});
