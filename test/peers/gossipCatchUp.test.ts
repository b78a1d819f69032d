import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transaction } from '../../src/consensus/transaction.js';
import { dummyTransactions, settled, unreachable } from './fakeClient.js';
import { testGossip } from './testGossip.js';

const [first, second, third] = dummyTransactions(3) as [Transaction, Transaction, Transaction];

describe('a peer that was away', () => {
  it('gets the pending transactions that it lacks when it is greeted again', async () => {
    const {
      clients: [a],
      gossip,
      peers,
      clock,
      pending,
    } = await testGossip(1);
    gossip.announceTransactions([first], undefined);
    await settled();
    a.take = unreachable;
    a.greet = unreachable;
    gossip.announceTransactions([second], undefined);
    await settled();
    assert.equal(peers.list()[0]!.status, 'UNREACHABLE');
    pending.list = [first, second, third];
    a.messages.length = 0;
    a.take = (batch) => Promise.resolve(batch.map(() => ({ alreadyKnown: false })));
    a.greet = () => Promise.resolve();
    peers.greeted.on((state) => gossip.catchUp(state, 'tip'));
    clock.elapsed += 60_000;
    await peers.tick();
    await settled();
    assert.equal(peers.list()[0]!.status, 'CONNECTED');
    assert.deepEqual(a.messages.flat(), [second, third]);
  });

  it('and was removed while it was greeted gets nothing through its closed client', async () => {
    const {
      clients: [a],
      gossip,
      peers,
      pending,
    } = await testGossip(1);
    peers.greeted.on((state) => gossip.catchUp(state, 'tip'));
    pending.list = [first];
    let answer!: () => void;
    a.greet = () => new Promise((resolve) => (answer = resolve));
    const greeting = peers.greet(peers.byId(a.id)!);
    await peers.remove(a.url);
    answer();
    await greeting;
    await settled();
    assert.deepEqual([a.closed, a.messages], [true, []]);
  });

  it('gets again a transaction that it declined while the one before was still under way', async () => {
    const {
      clients: [a],
      gossip,
      peers,
      pending,
    } = await testGossip(1);
    const taken = new Set<Transaction>();
    a.take = (batch) =>
      Promise.resolve(
        batch.map((transaction) => {
          if (transaction === second && !taken.has(first)) return { code: 'NONCE_TOO_HIGH', message: 'no' };
          taken.add(transaction);
          return { alreadyKnown: false };
        }),
      );
    // Both stand on one tip before it declines, and no other may come for long.
    gossip.catchUp(peers.byId(a.id)!, 'tip');
    gossip.announceTransactions([third, second, first], undefined);
    await settled();
    pending.list = [first, second, third];
    gossip.catchUp(peers.byId(a.id)!, 'tip');
    await settled();
    assert.deepEqual(a.messages, [[third], [second, first], [second]]);
    assert.ok(taken.has(second));
  });

  it('gets the rest of a large mempool when it is greeted next, and nothing is given up for it', async () => {
    const {
      clients: [a],
      gossip,
      peers,
      pending,
    } = await testGossip(1);
    pending.list = dummyTransactions(10_500);
    gossip.catchUp(peers.byId(a.id)!, 'tip');
    await settled();
    assert.deepEqual([a.messages.flat().length, gossip.dropped], [10_001, 0]);
    gossip.catchUp(peers.byId(a.id)!, 'tip');
    await settled();
    assert.deepEqual([a.messages.flat().length, gossip.dropped], [10_500, 0]);
  });

  for (const [code, messages] of [
    ['NONCE_TOO_HIGH', 5],
    ['SENDER_LIMIT', 5],
    ['FEE_TOO_LOW', 1],
  ] as const) {
    it(`on another branch, and declined with ${code}, has it ${messages} times, twice for a tip in common at most`, async () => {
      const {
        clients: [a],
        gossip,
        peers,
        pending,
      } = await testGossip(1);
      a.take = (batch) => Promise.resolve(batch.map(() => ({ code, message: 'no' })));
      gossip.announceTransactions([first], undefined);
      await settled();
      pending.list = [first];
      for (const tip of ['one', 'one', 'one', 'two', 'two', 'two']) {
        gossip.catchUp(peers.byId(a.id)!, tip);
        await settled();
      }
      assert.deepEqual(a.messages, Array(messages).fill([first]));
    });
  }
});
