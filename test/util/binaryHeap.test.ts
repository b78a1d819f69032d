import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BinaryHeap } from '../../src/util/binaryHeap.js';

const ascending = (a: number, b: number): boolean => a < b;
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

function drain(heap: BinaryHeap<number>): number[] {
  const out: number[] = [];
  while (heap.size > 0) out.push(heap.pop()!);
  return out;
}

describe('a binary heap', () => {
  it('gives what it was made with in order, equal ones included', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (numbers) => {
        assert.deepEqual(drain(new BinaryHeap(ascending, [...numbers])), sorted(numbers));
      }),
    );
  });

  it('gives the first of what is in it at any moment, whatever was pushed and popped before', () => {
    const command = fc.option(fc.integer({ min: 0, max: 50 }), { nil: 'pop' as const });
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.array(command, { maxLength: 200 }), (initial, commands) => {
        const heap = new BinaryHeap(ascending, [...initial]);
        let model = sorted(initial);
        for (const next of commands) {
          if (next === 'pop') assert.equal(heap.pop(), model.shift());
          else {
            heap.push(next);
            model = sorted([...model, next]);
          }
          assert.equal(heap.peek(), model[0]);
          assert.equal(heap.size, model.length);
        }
        assert.deepEqual(drain(heap), model);
      }),
    );
  });

  it('has nothing to give when it is empty', () => {
    const heap = new BinaryHeap(ascending);
    assert.deepEqual([heap.size, heap.peek(), heap.pop()], [0, undefined, undefined]);
    heap.push(1);
    assert.deepEqual([heap.pop(), heap.pop(), heap.size], [1, undefined, 0]);
  });
});
