import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import { PeerError } from '../../src/peers/standing.js';
import { PendingPull } from '../../src/peers/relay/relay.js';
import { silentLogger } from '../support/logger.js';
import { dummyTransactions, onePeer } from './fakeClient.js';

const PAGE = 100;

/** An unreachable node and its only peer, where so many transactions are pending; which of them it took, and from which sender. */
async function pulling(count: number) {
  const { client, state } = await onePeer();
  const transactions = dummyTransactions(count);
  const asked: number[] = [];
  client.pending = (after) => {
    const start = after === undefined ? 0 : Number(after);
    asked.push(start);
    const end = start + PAGE;
    return Promise.resolve({
      size: count,
      transactions: transactions.slice(start, end),
      next: end < count ? `${end}` : undefined,
    });
  };
  const taken = new Map<string, string | undefined>();
  const pending = {
    get size() {
      return taken.size;
    },
    get: (id: Uint8Array) => taken.has(toHex(id)) || undefined,
  };
  const take = (news: readonly Transaction[], giver: string | undefined) => {
    for (const { id } of news) taken.set(toHex(id), giver);
    return Promise.resolve();
  };
  return { client, state, asked, taken, pull: new PendingPull({ pending, take, log: silentLogger([]) }) };
}

describe('a pull of the pending transactions of a peer', () => {
  it('goes on at the next handshake where it ended, after the page that pays best', async () => {
    const { state, asked, taken, pull } = await pulling(2_500);
    for (const size of [1_000, 1_900, 2_500]) {
      await pull.consider(state);
      assert.equal(taken.size, size);
    }
    asked.length = 0;
    await pull.consider(state);
    assert.deepEqual(asked, [0], 'all of it is known');
  });

  it('starts over after the end where this node has not taken everything', async () => {
    const { state, asked, taken, pull } = await pulling(1_500);
    await pull.consider(state);
    taken.clear();
    await pull.consider(state);
    assert.deepEqual(asked.slice(-6), [0, 1_000, 1_100, 1_200, 1_300, 1_400]);
    await pull.consider(state);
    assert.deepEqual(asked.slice(-2), [800, 900]);
  });

  it('starts over if the peer no longer knows the place', async () => {
    const { client, state, asked, pull } = await pulling(2_500);
    await pull.consider(state);
    const { pending } = client;
    client.pending = (after) =>
      after === '1000' ? Promise.reject(new PeerError('malformed', 'expected a cursor')) : pending(after);
    await pull.consider(state);
    asked.length = 0;
    await pull.consider(state);
    assert.deepEqual(asked.slice(0, 2), [0, 100]);
  });

  it('names the peer as sender only by an id that it has proven', async () => {
    const { client, state, taken, pull } = await pulling(1);
    await pull.consider(state);
    assert.deepEqual([...taken.values()], [client.id]);
    taken.clear();
    state.id = undefined;
    await pull.consider(state);
    assert.deepEqual([...taken.values()], [undefined]);
  });
});
