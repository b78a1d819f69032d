import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { live } from '../../src/client/live.js';
import { RequestError } from '../../src/client/requests.js';

/** The first values of a feed. */
async function read(feed: AsyncGenerator<string>, count: number): Promise<string[]> {
  const values: string[] = [];
  while (values.length < count) values.push((await feed.next()).value as string);
  await feed.return(undefined);
  return values;
}

/** Subscriptions that give a value and fail, one after another. */
function failing(error: Error) {
  let opened = 0;
  return async function* (): AsyncGenerator<string> {
    await Promise.resolve();
    yield `told ${++opened}`;
    throw error;
  };
}

describe('a live feed', () => {
  it('polls where there is no subscription', async () => {
    let asked = 0;
    const poll = () => Promise.resolve([`asked ${++asked}`]);
    assert.deepEqual(await read(live({ subscribe: undefined, poll }, { pollMs: 0 }), 3), [
      'asked 1',
      'asked 2',
      'asked 3',
    ]);
  });

  it('polls when the subscription breaks, and tries it again after ten rounds', async () => {
    const subscribe = failing(new RequestError('UNREACHABLE', 'it broke'));
    const values = await read(live({ subscribe, poll: () => Promise.resolve(['asked']) }, { pollMs: 0 }), 12);
    assert.deepEqual(values, ['told 1', ...Array.from({ length: 10 }, () => 'asked'), 'told 2']);
  });

  it('ends with a fault that is not the connection’s, and with a question that fails', async () => {
    const poll = () => Promise.reject(new RequestError('TIMED_OUT', 'no answer'));
    const broken = live({ subscribe: failing(new TypeError('a bug')), poll }, { pollMs: 0 });
    await assert.rejects(read(broken, 2), /a bug/);
    await assert.rejects(read(live({ subscribe: undefined, poll }, { pollMs: 0 }), 1), /no answer/);
  });

  it('ends at once when it is aborted while it pauses', async () => {
    const ended = new AbortController();
    const poll = () => Promise.resolve(['asked']);
    const feed = live({ subscribe: undefined, poll }, { pollMs: 2 ** 30, signal: ended.signal });
    await feed.next();
    const next = feed.next();
    ended.abort();
    assert.equal((await next).done, true);
  });
});
