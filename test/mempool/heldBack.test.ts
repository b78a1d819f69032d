import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { DEFAULT_POLICY, NEW } from '../../src/mempool/policy.js';
import { testAccount } from '../support/blocks.js';
import { now, payment, pool, rich } from './testMempool.js';

describe('a held back transaction', () => {
  /** Account `from` pays with nonce 0 missing. */
  const waiting = (from: number, nonce = 1, fee = 0n) => payment({ from: testAccount(from), nonce, fee });
  const ready = (from: number, fee = 0n, nonce = 0) => payment({ from: testAccount(from), nonce, fee });

  it('HELD_BACK_LIMIT: has a room of its own, of so many in all and of one sender', () => {
    const mempool = pool({ maxHeldBack: 3, maxHeldBackPerSender: 2 });
    for (const transaction of [waiting(0, 1), waiting(0, 2)])
      assert.equal(mempool.add(transaction, rich, now), undefined);
    assert.deepEqual(mempool.check(waiting(0, 3), rich), { code: 'HELD_BACK_LIMIT', missingNonce: 0n, got: 3n });
    assert.equal(mempool.add(waiting(1), rich, now), undefined);
    assert.equal(mempool.check(waiting(2), rich)?.code, 'HELD_BACK_LIMIT');
    assert.equal(mempool.check(ready(2), rich), undefined);
    // The transaction that fills the gap makes room for others.
    assert.equal(mempool.add(ready(0), rich, now), undefined);
    assert.equal(mempool.select(100_000).length, 3);
    assert.equal(mempool.check(waiting(2), rich), undefined);
  });

  it('never takes the place of one that can be mined, whatever its fee, and leaves first, the newest before the oldest', () => {
    const mempool = pool({ maxTransactions: 3 });
    const [older, newer] = [waiting(0, 1, 9_000n), waiting(1, 1, 9_000n)];
    for (const transaction of [older, newer, ready(2)]) mempool.add(transaction, rich, now);
    assert.equal(mempool.minimumFee(), 0n);
    assert.equal(mempool.check(waiting(3, 1, 99_000n), rich)?.code, 'HELD_BACK_LIMIT');
    assert.equal(mempool.add(ready(3), rich, now), undefined);
    assert.deepEqual(mempool.dropped(newer.id)?.reason, { code: 'HELD_BACK_LIMIT', missingNonce: 0n, got: 1n });
    assert.equal(mempool.add(ready(4), rich, now), undefined);
    assert.deepEqual(mempool.ordered(), [ready(2), ready(3), ready(4)]);
    assert.equal(mempool.minimumFee(), 1n);
    assert.equal(mempool.check(waiting(0, 1, 99_000n), rich)?.code, 'HELD_BACK_LIMIT');
  });

  it('never fills a mempool: 50 senders with a missing nonce each leave it to one that can be mined', () => {
    const mempool = pool({ maxTransactions: 64, maxHeldBack: 16 });
    for (let sender = 0; sender < 50; sender++) {
      for (let nonce = 1; nonce < 4; nonce++) mempool.add(waiting(sender, nonce, 100_000n), rich, now);
    }
    assert.equal(mempool.size, 16);
    for (let sender = 50; sender < 114; sender++) assert.equal(mempool.add(ready(sender), rich, now), undefined);
    assert.equal(mempool.select(100_000).length, 64);
  });

  it('MEMPOOL_FULL: a sender’s own last one does not leave for its next, which could not be mined then', () => {
    const mempool = pool({ maxTransactions: 2 });
    for (const transaction of [ready(0, 0n, 0), ready(0, 0n, 1)]) mempool.add(transaction, rich, now);
    assert.equal(mempool.check(ready(0, 9_000n, 2), rich)?.code, 'MEMPOOL_FULL');
    assert.equal(mempool.add(ready(1, 9_000n), rich, now), undefined);
  });

  it('is bounded also when one before it leaves, with the reason', () => {
    const mempool = pool({ maxHeldBackPerSender: 2, maxHeldBack: 3 });
    const chain = [0, 1, 2, 3].map((nonce) => ready(0, 0n, nonce));
    mempool.add(chain[0]!, rich, now, NEW, 1_000);
    for (const transaction of [...chain.slice(1), ready(1, 0n, 1), ready(2, 0n, 1)])
      mempool.add(transaction, rich, now);
    mempool.expire(now, DEFAULT_POLICY.maxAgeMs - 1_000);
    assert.deepEqual(mempool.ordered(), [chain[1], chain[2], ready(1, 0n, 1)]);
    assert.deepEqual(mempool.dropped(chain[3]!.id)?.reason, { code: 'HELD_BACK_LIMIT', missingNonce: 0n, got: 3n });
    assert.equal(mempool.dropped(ready(2, 0n, 1).id)?.reason.code, 'HELD_BACK_LIMIT');
  });
});

describe('an attempt', () => {
  it('that does not stay gives the result in advance, and leaves the mempool unchanged, without an event', () => {
    const mempool = pool({ maxTransactions: 3 });
    const [first, cheap, held] = [
      payment({ fee: 10n }),
      payment({ from: testAccount(1), fee: 1n }),
      payment({ from: testAccount(2), nonce: 2, fee: 5n }),
    ];
    for (const transaction of [first, cheap, held]) mempool.add(transaction, rich, now);
    const state = () => ({
      ordered: mempool.ordered(),
      bytes: mempool.bytes,
      minimumFee: mempool.minimumFee(),
      outgoing: [0, 1, 2, 3].map((account) => mempool.outgoing(testAccount(account).publicKey)),
      incoming: mempool.incoming(testAccount(1).publicKey),
      nextNonces: [0, 1, 2, 3].map((account) => mempool.nextNonce(testAccount(account).publicKey)),
      held: mempool.get(held.id),
      dropped: [first, cheap, held].map(({ id }) => mempool.dropped(id)),
    });
    const before = state();
    mempool.removed.on(() => assert.fail('nothing has left'));
    const better = payment({ fee: 20n });
    let left: unknown;
    mempool.attempt((reasonOf) => {
      assert.equal(mempool.add(better, rich, now, { isNew: true, replaces: first.id }), undefined);
      assert.equal(mempool.add(payment({ from: testAccount(3), fee: 9n }), rich, now), undefined);
      assert.equal(mempool.add(payment({ nonce: 1, fee: 9n }), rich, now), undefined);
      assert.ok(mempool.get(better.id));
      left = [first, cheap, held, better].map(({ id }) => reasonOf(toHex(id))?.code);
      return false;
    });
    assert.deepEqual(left, ['NONCE_CONFLICT', 'MEMPOOL_FULL', 'HELD_BACK_LIMIT', undefined]);
    assert.deepEqual(state(), before);
  });

  it('that stays reports what left, with what has its place at the end, and nothing that only came and left', () => {
    const mempool = pool();
    const [first, second, third] = [10n, 20n, 30n].map((fee) => payment({ fee }));
    mempool.add(first!, rich, now);
    const removed: Transaction[] = [];
    mempool.removed.on((transaction) => removed.push(transaction));
    mempool.attempt((reasonOf) => {
      for (const transaction of [second!, third!])
        mempool.add(transaction, rich, now + 1, { isNew: true, replaces: 'any' });
      assert.equal(reasonOf(toHex(second!.id))?.code, 'NONCE_CONFLICT');
      assert.deepEqual(removed, []);
      return true;
    });
    assert.deepEqual([mempool.ordered(), removed], [[third], [first]]);
    assert.equal(mempool.dropped(second!.id), undefined);
    const reason = { code: 'NONCE_CONFLICT', nonce: 0n, minimumFee: 11n, pending: toHex(third!.id) } as const;
    assert.deepEqual(mempool.dropped(first!.id), { transaction: first, reason, at: now + 1 });
  });

  it('that stays forgets why one that it brings was dropped, and one that is taken back does not', () => {
    const mempool = pool({ maxAgeMs: 10 });
    const transaction = payment();
    mempool.add(transaction, rich, now);
    mempool.expire(now, 10);
    for (const stays of [false, true]) {
      mempool.attempt(() => {
        assert.equal(mempool.add(transaction, rich, now), undefined);
        return stays;
      });
      assert.equal(mempool.dropped(transaction.id) === undefined, stays);
    }
  });
});
