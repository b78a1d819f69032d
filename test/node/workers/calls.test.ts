import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { StorageFullError } from '../../../src/chain/chainStore.js';
import { Calls, type Message } from '../../../src/node/workers/calls.js';
import { PeerRefusedError } from '../../../src/peers/peer.js';
import { QueueFullError } from '../../../src/util/serialQueue.js';

interface Tasks {
  echo(value: unknown): unknown;
  fail(failure: Error): void;
}

/** Two ends, with what went from the first to the second. */
function pair(beforeAnswer: () => Promise<void> | undefined = () => undefined) {
  const sent: Message[] = [];
  const heard: unknown[] = [];
  const tasks: Tasks = {
    echo: (value) => {
      heard.push(value);
      return value;
    },
    fail: (failure) => {
      throw failure;
    },
  };
  const failed: unknown[] = [];
  const left = new Calls<Tasks, Tasks>({
    tasks,
    send: (message) => {
      sent.push(message);
      right.receive(structuredClone(message));
    },
    failed: (failure) => void failed.push(failure),
  });
  const right: Calls<Tasks, Tasks> = new Calls<Tasks, Tasks>({
    tasks,
    send: (message) => left.receive(structuredClone(message)),
    beforeAnswer,
    failed: (failure) => void failed.push(failure),
  });
  return { left, right, sent, heard, failed };
}

describe('calls between processes', () => {
  it('of one turn go in one message, in order, and each gets its own answer', async () => {
    const { left, sent, heard } = pair();
    left.tell('echo', 'first');
    const answers = await Promise.all([1n, 'two', Uint8Array.of(3)].map((value) => left.call('echo', value)));
    assert.deepEqual(answers, [1n, 'two', Uint8Array.of(3)]);
    assert.deepEqual(heard, ['first', 1n, 'two', Uint8Array.of(3)]);
    assert.equal(sent.length, 1);
  });

  it('fail with the failures that the API has words for, and keep what is in them', async () => {
    const { left, failed } = pair();
    const refused = new PeerRefusedError('DUPLICATE', 'expected another');
    for (const failure of [
      new StorageFullError('full'),
      new QueueFullError(7),
      refused,
      new RangeError('range'),
      new TypeError('bug'),
    ]) {
      const { left: near } = pairThatThrows(failure);
      await assert.rejects(near.call('echo', 1), (error: Error) => {
        assert.equal(error.message, failure.message);
        if (!(failure instanceof TypeError)) assert.equal(error.constructor, failure.constructor);
        assert.equal((error as { code?: unknown }).code, (failure as { code?: unknown }).code);
        return true;
      });
    }
    left.tell('fail', new Error('nobody waits'));
    await turn();
    await turn();
    assert.equal((failed[0] as Error).message, 'nobody waits');
  });

  it('are answered once the side that answers is ready for that', async () => {
    let ready = (): void => undefined;
    const waits = new Promise<void>((resolve) => (ready = resolve));
    const { left } = pair(() => waits);
    let answered = false;
    const answer = left.call('echo', 1).then(() => (answered = true));
    for (let i = 0; i < 5; i++) await turn();
    assert.equal(answered, false);
    ready();
    await answer;
  });

  it('reject when the other process has ended, those under way and later ones', async () => {
    const { left } = pair(() => new Promise<void>(() => undefined));
    const under = left.call('echo', 1);
    await turn();
    left.close(new Error('it ended'));
    await assert.rejects(under, /it ended/);
    await assert.rejects(left.call('echo', 2), /it ended/);
  });

  it('refuse a task that a process does not have', async () => {
    const { left } = pair();
    const unknown = left as unknown as { call(name: string): Promise<unknown> };
    await assert.rejects(unknown.call('toString'), /expected a task of this process, got toString/);
  });
});

function pairThatThrows(failure: Error) {
  const tasks: Tasks = {
    echo: () => {
      throw failure;
    },
    fail: () => undefined,
  };
  const failed = () => undefined;
  const left: Calls<Tasks, Tasks> = new Calls<Tasks, Tasks>({
    tasks,
    send: (message) => right.receive(structuredClone(message)),
    failed,
  });
  const right = new Calls<Tasks, Tasks>({
    tasks,
    send: (message) => left.receive(structuredClone(message)),
    failed,
  });
  return { left };
}
