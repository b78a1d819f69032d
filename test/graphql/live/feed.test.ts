import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { queueSource, MAX_WAITING_EVENTS } from '../../../src/graphql/live/sources.js';
import { Feed, type Source } from '../../../src/graphql/live/feed.js';
import { Event } from '../../../src/util/event.js';
import { ratesOf } from '../../../src/graphql/limits.js';
import { testServices } from '../testServices.js';

/** A feed of numbers, and the views of the chain that it holds. */
function numbers(source?: Source<number>) {
  const { services, snapshots, mine } = testServices();
  const event = new Event<number>();
  const listeners = { count: 0 };
  const queue = queueSource<number>((add) => {
    listeners.count++;
    const off = event.on(add);
    return () => {
      listeners.count--;
      off();
    };
  });
  const feed = new Feed<number>(source ?? queue, { services, budget: undefined });
  const next = async () => {
    const { value } = await feed.next();
    value?.end();
    return value?.value;
  };
  return { feed, event, listeners, next, services, snapshots, mine };
}

describe('a feed', () => {
  it('gives events from before the request, then events during it', async () => {
    const { event, next } = numbers();
    event.emit(1);
    event.emit(2);
    assert.deepEqual([await next(), await next()], [1, 2]);
    const third = next();
    event.emit(3);
    assert.equal(await third, 3);
  });

  it('gives each event with a view of the chain as of that moment, which ends with the event', async () => {
    const { feed, event, snapshots, mine } = numbers();
    event.emit(1);
    const first = await feed.next();
    assert.equal(first.value!.view.snapshot.tip().height, 0);
    await mine();
    assert.equal(first.value!.view.snapshot.tip().height, 0);
    assert.equal(snapshots.open, 1);
    first.value!.end();
    assert.equal(snapshots.open, 0);
    event.emit(2);
    const second = await feed.next();
    assert.equal(second.value!.view.snapshot.tip().height, 1);
    second.value!.end();
    assert.equal(snapshots.open, 0);
  });

  it('puts off its next event while the budget of its subscriber is spent, and ends at once meanwhile', async () => {
    const { services } = testServices();
    const event = new Event<number>();
    let left = -1_000;
    const budget = { left: () => left, rates: ratesOf(false) };
    const feed = new Feed(
      queueSource<number>((add) => event.on(add)),
      { services, budget },
    );
    event.emit(1);
    const first = feed.next();
    assert.equal(
      await Promise.race([first, new Promise((resolve) => setImmediate(() => resolve('put off')))]),
      'put off',
    );
    left = 1;
    const { value } = await first;
    value!.end();
    assert.equal(value!.value, 1);
    left = -1_000_000_000;
    event.emit(2);
    const second = feed.next();
    await new Promise((resolve) => setImmediate(resolve));
    await feed.return();
    assert.ok((await second).done);
  });

  it('ends at once, also while an event is waited for, and listens no more', async () => {
    const { feed, event, listeners, next, snapshots } = numbers();
    assert.equal(listeners.count, 1);
    const waiting = next();
    await feed.return();
    assert.equal(await waiting, undefined);
    assert.equal(listeners.count, 0);
    event.emit(1);
    assert.equal(await next(), undefined);
    assert.equal(snapshots.open, 0);
  });

  it('ends after the last event of a source that is over', async () => {
    const source = {
      ended: false,
      listen: () => () => undefined,
      next() {
        source.ended = true;
        return 7;
      },
    };
    const { next } = numbers(source);
    assert.deepEqual([await next(), await next()], [7, undefined]);
  });

  it('gives the view and the turn back when its source fails', async () => {
    const failing: Source<number> = {
      listen: () => () => undefined,
      next: ({ snapshot }) => {
        throw new Error(`at ${snapshot.tip().height}`);
      },
    };
    const { feed, services, snapshots } = numbers(failing);
    await assert.rejects(feed.next(), /at 0/);
    assert.deepEqual(snapshots, { open: 0, taken: 1 });
    assert.equal((await feed.next()).done, true);
    (await services.activity.turns.begin())();
  });
});

describe('a queue of events', () => {
  it('that is full is forgotten, and its reader is dropped with SLOW_CONSUMER', async () => {
    const full = numbers();
    for (let i = 0; i < MAX_WAITING_EVENTS; i++) full.event.emit(i);
    assert.equal(await full.next(), 0);

    const above = numbers();
    for (let i = 0; i <= MAX_WAITING_EVENTS; i++) above.event.emit(i);
    await assert.rejects(above.next(), {
      message: `more than ${MAX_WAITING_EVENTS} events waited to be read: read faster, or ask for less`,
      extensions: { code: 'SLOW_CONSUMER' },
    });
    assert.equal(above.listeners.count, 0);
    assert.equal(await above.next(), undefined);
  });
});
