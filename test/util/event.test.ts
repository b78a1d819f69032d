import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Event } from '../../src/util/event.js';

describe('an event', () => {
  it('calls its listeners in the order they were added, before emit returns', () => {
    const event = new Event<number>();
    const heard: string[] = [];
    event.on((payload) => heard.push(`first ${payload}`));
    event.on((payload) => heard.push(`second ${payload}`));
    event.emit(7);
    assert.deepEqual(heard, ['first 7', 'second 7']);
  });

  it('no longer calls a listener that was removed, and still calls the others', () => {
    const event = new Event<number>();
    const heard: string[] = [];
    const remove = event.on(() => heard.push('first'));
    event.on(() => heard.push('second'));
    event.emit(1);
    remove();
    remove();
    event.emit(2);
    assert.deepEqual(heard, ['first', 'second', 'second']);
  });

  it('with a listener that throws: the others are still called, then it is thrown, the first of several', () => {
    const event = new Event<number>();
    const heard: string[] = [];
    const failure = new Error('the first');
    event.on(() => heard.push('before'));
    event.on(() => {
      throw failure;
    });
    event.on(() => {
      throw new Error('the second');
    });
    event.on(() => heard.push('after'));
    assert.throws(() => event.emit(1), failure);
    assert.deepEqual(heard, ['before', 'after']);
  });

  it('without listeners does nothing', () => {
    new Event<number>().emit(1);
    const event = new Event<number>();
    let calls = 0;
    const remove = event.on(() => calls++);
    event.emit(1);
    remove();
    event.emit(2);
    assert.equal(calls, 1);
  });
});
