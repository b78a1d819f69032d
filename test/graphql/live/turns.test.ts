import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Slots } from '../../../src/graphql/live/operations.js';
import { Turns } from '../../../src/graphql/live/activity.js';

describe('turns', () => {
  it('are taken one at a time, in the order they were asked for', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const take = async (name: string, work: () => Promise<void> | void) => {
      const end = await turns.begin();
      log.push(`${name} begins`);
      await work();
      log.push(`${name} ends`);
      end();
    };
    let begun: (finish: () => void) => void = () => undefined;
    const working = new Promise<() => void>((resolve) => (begun = resolve));
    const first = take('first', () => new Promise<void>((finish) => begun(finish)));
    const second = take('second', () => undefined);
    const finish = await working;
    assert.deepEqual(log, ['first begins']);
    finish();
    await Promise.all([first, second]);
    assert.deepEqual(log, ['first begins', 'first ends', 'second begins', 'second ends']);
  });

  it('let everybody else go on after a while of work', async () => {
    const turns = new Turns();
    let others = 0;
    let working = true;
    const other = () => {
      others++;
      if (working) setImmediate(other);
    };
    setImmediate(other);
    const busy = async () => {
      const end = await turns.begin();
      for (const until = performance.now() + 4; performance.now() < until;);
      end();
    };
    await Promise.all(Array.from({ length: 20 }, busy));
    working = false;
    // 80 ms of work in pieces of at most 10 and one that began in time.
    assert.ok(others >= 5, `${others} turns for others`);
  });
});

describe('slots', () => {
  it('are refused when all are taken, in the connection or in all, and come back once', () => {
    const all = new Slots(3);
    const [one, other] = [new Slots(2, all), new Slots(2, all)];
    const held = [one.take(), one.take()];
    assert.ok(held.every(Boolean));
    assert.equal(one.take(), undefined);
    assert.ok(other.take());
    assert.equal(other.take(), undefined);
    assert.equal(all.taken, 3);
    held[0]!();
    held[0]!();
    assert.equal(all.taken, 2);
    assert.ok(other.take());
    assert.equal(one.take(), undefined);
  });
});
