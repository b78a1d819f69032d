import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BoundedMap, BoundedSet } from '../../src/util/boundedSet.js';

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

describe('a bounded map', () => {
  const held = (map: BoundedMap<number, string>) => [1, 2, 3].map((key) => map.get(key));

  it('forgets the key set longest ago at its bound, also one that was just read', () => {
    const map = new BoundedMap<number, string>(2);
    map.set(1, 'a');
    map.set(2, 'b');
    assert.equal(map.get(1), 'a');
    map.set(3, 'c');
    assert.deepEqual(held(map), [undefined, 'b', 'c']);
  });

  it('makes a key that is set again the newest, which takes the place of no other', () => {
    const map = new BoundedMap<number, string>(2);
    map.set(1, 'a');
    map.set(2, 'b');
    map.set(1, 'A');
    assert.deepEqual(held(map), ['A', 'b', undefined]);
    map.set(3, 'c');
    assert.deepEqual(held(map), ['A', undefined, 'c']);
  });

  it('has room again for what was deleted', () => {
    const map = new BoundedMap<number, string>(1);
    map.set(1, 'a');
    assert.deepEqual([map.delete(1), map.delete(1)], [true, false]);
    map.set(2, 'b');
    assert.deepEqual(held(map), [undefined, 'b', undefined]);
  });
});
