import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BoundedSet } from '../../src/util/boundedSet.js';

describe('a bounded set', () => {
  it('forgets the value added longest ago at its bound', () => {
    const set = new BoundedSet<number>(3);
    for (const value of [1, 2, 3]) assert.equal(set.add(value), true);
    assert.ok([1, 2, 3].every((value) => set.has(value)));
    assert.equal(set.add(4), true);
    assert.deepEqual(
      [1, 2, 3, 4].filter((value) => set.has(value)),
      [2, 3, 4],
    );
  });

  it('says that a value was there already, which neither evicts another nor makes it younger', () => {
    const set = new BoundedSet<number>(2);
    set.add(1);
    set.add(2);
    assert.equal(set.add(1), false);
    assert.ok(set.has(1) && set.has(2));
    set.add(3);
    assert.deepEqual([set.has(1), set.has(2), set.has(3)], [false, true, true]);
  });

  it('has room again for what was deleted', () => {
    const set = new BoundedSet<number>(2);
    set.add(1);
    set.add(2);
    assert.equal(set.delete(1), true);
    assert.equal(set.delete(1), false);
    set.add(3);
    assert.deepEqual([set.has(1), set.has(2), set.has(3)], [false, true, true]);
    assert.equal(set.add(1), true);
  });
});
