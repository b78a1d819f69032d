import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QueueFullError, SerialQueue } from '../../src/util/serialQueue.js';

/** A task that ends on request, and the events so far. */
function tasks() {
  const events: string[] = [];
  const task = (name: string) => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const run = async (): Promise<string> => {
      events.push(`${name} starts`);
      await ended;
      events.push(`${name} ends`);
      return name;
    };
    return { run, end };
  };
  return { events, task };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a serial queue', () => {
  it('runs one task at a time, in the order given, and answers each with its result', async () => {
    const { events, task } = tasks();
    const queue = new SerialQueue(10);
    const [first, second] = [task('first'), task('second')];
    const results = [queue.run(first.run), queue.run(second.run)];
    second.end();
    await turn();
    assert.deepEqual(events, ['first starts']);
    first.end();
    assert.deepEqual(await Promise.all(results), ['first', 'second']);
    assert.deepEqual(events, ['first starts', 'first ends', 'second starts', 'second ends']);
  });

  it('goes on after a task that fails or throws, and gives the failure to its caller alone', async () => {
    const queue = new SerialQueue(10);
    const failure = new Error('this task');
    const rejected = queue.run(() => Promise.reject(failure));
    const thrown = queue.run(() => {
      throw failure;
    });
    const after = queue.run(async () => 'after');
    await assert.rejects(rejected, failure);
    await assert.rejects(thrown, failure);
    assert.equal(await after, 'after');
  });

  it('refuses a task at its bound without running it, and takes one again when there is room', async () => {
    const { events, task } = tasks();
    const queue = new SerialQueue(2);
    const [first, second, third] = [task('first'), task('second'), task('third')];
    const running = [queue.run(first.run), queue.run(second.run)];
    await assert.rejects(queue.run(third.run), (error: Error) => {
      assert.ok(error instanceof QueueFullError);
      assert.equal(error.message, 'expected at most 2 waiting tasks, got one more');
      return true;
    });
    first.end();
    await running[0];
    const taken = queue.run(third.run);
    second.end();
    third.end();
    await Promise.all([...running, taken]);
    assert.deepEqual(
      events.filter((event) => event.startsWith('third')),
      ['third starts', 'third ends'],
    );
  });

  it('is idle when everything queued so far has ended, failures included', async () => {
    const { events, task } = tasks();
    const queue = new SerialQueue(10);
    await queue.idle();
    const only = task('only');
    const result = queue.run(only.run);
    const failed = assert.rejects(queue.run(() => Promise.reject(new Error('fails'))));
    let idle = false;
    const waiting = queue.idle().then(() => (idle = true));
    await turn();
    assert.equal(idle, false);
    only.end();
    await waiting;
    assert.deepEqual(events, ['only starts', 'only ends']);
    await Promise.all([result, failed]);
  });
});
