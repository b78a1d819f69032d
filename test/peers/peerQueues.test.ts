import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { Interest, Outcome } from '../../src/peers/client/wire.js';
import { PeerQueues } from '../../src/peers/relay/peerQueues.js';
import { PeerError } from '../../src/peers/standing.js';
import { ManualClock } from '../support/manualClock.js';
import { dummyTransactions, FakeClient, settled } from './fakeClient.js';
import { testGossip } from './testGossip.js';

const [first, second] = dummyTransactions(2) as [Transaction, Transaction];
const parcel = (transaction: Transaction) => ({ item: transaction, id: toHex(transaction.id) });

/** Queues to one peer that answers so to announced ids, in turn; the last answer goes on. */
function queues(...answers: readonly Interest[]) {
  const client = new FakeClient('a');
  const clock = new ManualClock();
  const ends: [string, Outcome | Error | undefined][] = [];
  client.interest = (ids) => Promise.resolve(ids.map(() => answers[client.told.length - 1] ?? answers.at(-1)!));
  const all = new PeerQueues(
    { client },
    {
      send: (_content, _items, send) => send(),
      settled: (_what, id, result) => void ends.push([id, result]),
      clock,
    },
  );
  return { queues: all, client, clock, ends };
}

describe('a peer that is told of a transaction', () => {
  it('gets it once it wants it, and the answer to that is its delivery', async () => {
    const { queues: all, client, ends } = queues('wanted');
    assert.ok(all.tell(parcel(first)));
    assert.ok(!all.tell(parcel(first)), 'it is being told');
    await settled();
    assert.deepEqual([client.told, client.messages], [[[first.id]], [[first]]]);
    assert.deepEqual(ends, [[toHex(first.id), { alreadyKnown: false }]]);
    assert.ok(!all.tell(parcel(first)), 'it has it');
  });

  it('gets nothing if it has it, and is not told again', async () => {
    const { queues: all, client, ends } = queues('known');
    all.tell(parcel(first));
    await settled();
    assert.deepEqual(client.messages, []);
    assert.deepEqual(ends, [[toHex(first.id), { alreadyKnown: true }]]);
    assert.ok(!all.tell(parcel(first)));
  });

  it('and says later is told again after a second, five times in all, then with what is pending', async () => {
    const { queues: all, client, clock, ends } = queues('later');
    all.tell(parcel(first));
    for (let second = 1; second <= 10; second++) {
      await settled();
      assert.equal(client.told.length, Math.min(second, 5));
      clock.advance(1_000);
    }
    assert.deepEqual([client.messages, ends], [[], [[toHex(first.id), undefined]]]);
    assert.ok(all.tell(parcel(first)));
  });

  it('gets what another node was to bring once it wants it after all', async () => {
    const { queues: all, client, clock, ends } = queues('later', 'wanted');
    all.tell(parcel(first));
    all.tell(parcel(second));
    for (let turn = 0; turn < 4; turn++) {
      await settled();
      clock.advance(1_000);
    }
    assert.deepEqual(client.messages.flat().length, 2);
    assert.ok(ends.every(([, result]) => result && 'alreadyKnown' in result && !result.alreadyKnown));
  });

  it('is told nothing more once it was removed, or what waits for it is given up', async () => {
    for (const end of ['close', 'giveUp'] as const) {
      const { queues: all, client, clock, ends } = queues('later');
      all.tell(parcel(first));
      await settled();
      const reason = new PeerError('timedOut', 'no answer');
      if (end === 'close') all.close();
      else all.giveUp(reason);
      clock.advance(5_000);
      await settled();
      assert.equal(client.told.length, 1);
      assert.deepEqual(ends, [[toHex(first.id), end === 'close' ? undefined : reason]]);
    }
  });

  it('and does not answer is told again when it is announced again', async () => {
    const { queues: all, client, ends } = queues('wanted');
    client.interest = () => Promise.reject(new PeerError('timedOut', 'no answer'));
    all.tell(parcel(first));
    await settled();
    assert.ok(ends[0]![1] instanceof PeerError);
    assert.ok(all.tell(parcel(first)));
  });
});

describe('a transaction that is announced to many peers', () => {
  it('goes to three as a whole, its giver counted, and the others are told of it', async () => {
    for (const hasGiver of [false, true]) {
      const { clients, gossip } = await testGossip(8);
      const giver = hasGiver ? clients[0].id : undefined;
      for (const client of clients) client.interest = (ids) => Promise.resolve(ids.map(() => 'known'));
      gossip.announceTransactions([first], giver);
      const deliveries = await gossip.deliveries(first.id);
      const count = (list: 'messages' | 'told') => clients.filter((client) => client[list].length === 1).length;
      assert.deepEqual([count('messages'), count('told')], hasGiver ? [2, 5] : [3, 5]);
      const outcomes = deliveries.map(({ outcome }) => outcome).toSorted();
      const accepted = hasGiver ? 2 : 3;
      assert.deepEqual(outcomes, [
        ...Array.from({ length: accepted }, () => 'ACCEPTED'),
        ...Array.from({ length: 8 - accepted }, () => 'ALREADY_KNOWN'),
      ]);
    }
  });

  it('is accepted by a peer that was told of it and wanted it', async () => {
    const { gossip } = await testGossip(8, { timeoutMs: 1_000 });
    gossip.announceTransactions([first], undefined);
    const deliveries = await gossip.deliveries(first.id);
    assert.ok(deliveries.every(({ outcome }) => outcome === 'ACCEPTED'));
  });
});
