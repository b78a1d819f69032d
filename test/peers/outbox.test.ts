import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Outbox } from '../../src/peers/relay/outbox.js';
import { settled } from './fakeClient.js';

/** An outbox of numbers whose messages a test answers by hand. */
function testOutbox(options: { batch?: number; capacity?: number } = {}) {
  const messages: (readonly number[])[] = [];
  const answers: { resolve: (results: string[]) => void; reject: (reason: Error) => void }[] = [];
  const outcomes: [string, unknown][] = [];
  const outbox = new Outbox<number, string>({
    batch: options.batch ?? 3,
    capacity: options.capacity ?? 5,
    send: (items) => {
      messages.push(items);
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
    settled: ({ id }, result) => outcomes.push([id, result instanceof Error ? result.message : result]),
  });
  const push = (...items: number[]) => items.map((item) => outbox.push({ item, id: `${item}` }));
  const answer = async (index: number, ...results: string[]) => {
    answers[index]!.resolve(results);
    await settled();
  };
  const fail = async (index: number) => {
    answers[index]!.reject(new Error('lost'));
    await settled();
  };
  return { outbox, messages, outcomes, push, answer, fail };
}

describe('the queue for one peer', () => {
  it('goes out at once when nothing is under way', () => {
    const { messages, push, outbox } = testOutbox();
    push(1);
    assert.deepEqual(messages, [[1]]);
    assert.equal(outbox.size, 0);
  });

  it('goes together, in batches, when something is under way', async () => {
    const { messages, push, answer, outcomes } = testOutbox();
    push(1, 2, 3, 4, 5);
    assert.deepEqual(messages, [[1]]);
    await answer(0, 'a');
    assert.deepEqual(messages, [[1], [2, 3, 4]]);
    await answer(1, 'b', 'c', 'd');
    assert.deepEqual(messages, [[1], [2, 3, 4], [5]]);
    await answer(2, 'e');
    assert.deepEqual(
      outcomes,
      [...'abcde'].map((outcome, index) => [`${index + 1}`, outcome]),
    );
  });

  it('goes once, whether it waits, is under way or has arrived', async () => {
    const { messages, push, answer } = testOutbox();
    assert.deepEqual(push(1, 2, 1, 2), [true, true, false, false]);
    await answer(0, 'a');
    await answer(1, 'b');
    assert.deepEqual(push(1, 2), [false, false]);
    assert.deepEqual(messages, [[1], [2]]);
  });

  it('does not go to a peer that has it', () => {
    const { outbox, messages, push } = testOutbox();
    outbox.markKnown('1');
    assert.deepEqual(push(1, 2), [false, true]);
    assert.deepEqual(messages, [[2]]);
  });

  it('is sent again after a failure, which is the outcome of the whole message', async () => {
    const { messages, outcomes, push, answer, fail } = testOutbox();
    push(1, 2, 3);
    await answer(0, 'a');
    await fail(1);
    assert.deepEqual(outcomes, [
      ['1', 'a'],
      ['2', 'lost'],
      ['3', 'lost'],
    ]);
    assert.deepEqual(push(1, 2), [false, true]);
    assert.deepEqual(messages.at(-1), [2]);
  });

  it('above its bound loses the oldest, which are counted and can come again', async () => {
    const { outbox, messages, outcomes, push, answer } = testOutbox({ batch: 10, capacity: 3 });
    push(0, 1, 2, 3);
    assert.equal(outbox.dropped, 0);
    push(4, 5);
    assert.equal(outbox.size, 3);
    assert.equal(outbox.dropped, 2);
    assert.deepEqual(outcomes, [
      ['1', undefined],
      ['2', undefined],
    ]);
    await answer(0, 'a');
    assert.deepEqual(messages.at(-1), [3, 4, 5]);
    assert.deepEqual(push(1, 3), [true, false]);
  });

  it('is given up with a reason, and can come again', async () => {
    const { outbox, messages, outcomes, push, answer } = testOutbox();
    push(1, 2, 3);
    outbox.giveUp(new Error('silent'));
    assert.deepEqual(outcomes, [
      ['2', 'silent'],
      ['3', 'silent'],
    ]);
    assert.deepEqual([outbox.knows('1'), outbox.knows('2'), outbox.dropped], [true, false, 0]);
    assert.deepEqual(push(2), [true]);
    await answer(0, 'a');
    assert.deepEqual(messages, [[1], [2]]);
  });

  it('is given up when the peer leaves, and nothing more is taken', async () => {
    const { outbox, messages, outcomes, push, answer } = testOutbox();
    push(1, 2);
    outbox.close();
    assert.deepEqual(push(3), [false]);
    await answer(0, 'a');
    assert.deepEqual(messages, [[1]]);
    assert.deepEqual(outcomes, [
      ['2', undefined],
      ['1', 'a'],
    ]);
    assert.equal(outbox.dropped, 0);
  });
});
