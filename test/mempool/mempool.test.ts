import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_POLICY, NEW, replacementFee } from '../../src/mempool/policy.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { Account } from '../../src/ledger/accounts.js';
import { NOTHING_CONFIRMED, testAccount } from '../support/blocks.js';
import { now, payment, pool, rich } from './testMempool.js';

describe('admission to the mempool', () => {
  it('accepts a transaction that follows the account', () => {
    const mempool = pool();
    assert.equal(mempool.add(payment(), rich, now), undefined);
    assert.equal(mempool.size, 1);
    assert.equal(mempool.outgoing(testAccount(0).publicKey), 100n);
    assert.equal(mempool.incoming(testAccount(1).publicKey), 100n);
    assert.equal(mempool.nextNonce(testAccount(0).publicKey), 1n);
  });

  it('INVALID_AMOUNT: zero, and amount + fee of 2^63', () => {
    const mempool = pool();
    const huge: Account = { balance: 2n ** 64n, nonce: 0n };
    assert.equal(mempool.check(payment({ amount: 1n }), huge), undefined);
    assert.equal(mempool.check(payment({ amount: 0n }), huge)?.code, 'INVALID_AMOUNT');
    assert.equal(mempool.check(payment({ amount: 2n ** 63n - 2n, fee: 1n }), huge), undefined);
    assert.equal(mempool.check(payment({ amount: 2n ** 63n - 1n, fee: 1n }), huge)?.code, 'INVALID_AMOUNT');
  });

  it('NONCE_TOO_LOW: a nonce that the chain has used', () => {
    assert.equal(pool().check(payment({ nonce: 5 }), { ...rich, nonce: 5n }), undefined);
    assert.deepEqual(pool().check(payment({ nonce: 4 }), { ...rich, nonce: 5n }), {
      code: 'NONCE_TOO_LOW',
      expected: 5n,
      got: 4n,
    });
  });

  it('NONCE_TOO_HIGH: holds back up to 16 nonces ahead and refuses the 17th', () => {
    const mempool = pool();
    assert.equal(mempool.add(payment({ nonce: 16 }), rich, now), undefined);
    assert.equal(mempool.check(payment({ nonce: 17 }), rich)?.code, 'NONCE_TOO_HIGH');
    assert.equal(mempool.get(payment({ nonce: 16 }).id)?.missingNonce, 0n);
    assert.deepEqual(mempool.select(10_000), []);
  });

  it('gives each sender’s transactions in nonce order, whatever order they came in', () => {
    const mempool = pool();
    const [first, second, other] = [payment({ nonce: 0 }), payment({ nonce: 1 }), payment({ from: testAccount(1) })];
    for (const transaction of [second, other, first]) mempool.add(transaction, rich, now);
    const given = [...mempool.bySenders()].map(({ transaction }) => transaction);
    assert.deepEqual(given, [first, second, other]);
  });

  it('mines held back transactions once the gap is filled', () => {
    const mempool = pool();
    const [first, second] = [payment({ nonce: 0 }), payment({ nonce: 1 })];
    mempool.add(second, rich, now);
    mempool.add(first, rich, now);
    assert.deepEqual(mempool.select(10_000), [first, second]);
    assert.equal(mempool.get(second.id)?.missingNonce, undefined);
  });

  it('NONCE_CONFLICT: replaces a pending transaction only for 10 % more fee, and at least one unit', () => {
    const mempool = pool();
    const first = payment({ fee: 100n });
    mempool.add(first, rich, now);
    assert.equal(
      mempool.check(payment({ fee: 109n, amount: 1n }), rich, { isNew: true, replaces: first.id })?.code,
      'NONCE_CONFLICT',
    );
    const better = payment({ fee: 110n, amount: 1n });
    assert.equal(mempool.add(better, rich, now, { isNew: true, replaces: first.id }), undefined);
    assert.equal(mempool.size, 1);
    assert.equal(mempool.get(first.id), undefined);
    assert.equal(mempool.dropped(first.id)?.reason.code, 'NONCE_CONFLICT');
    assert.equal(replacementFee(0n), 1n);
    assert.equal(replacementFee(9n), 10n);
    assert.equal(replacementFee(100n), 110n);
  });

  it('NONCE_CONFLICT: replaces only the named transaction, whatever the fee, and names the one in the way', () => {
    const mempool = pool();
    const [first, other] = [payment({ fee: 100n }), payment({ nonce: 1 })];
    for (const transaction of [first, other]) mempool.add(transaction, rich, now);
    const better = payment({ fee: 1_000n, amount: 1n });
    const conflict = { code: 'NONCE_CONFLICT', nonce: 0n, minimumFee: 110n, pending: toHex(first.id) };
    assert.deepEqual(mempool.check(better, rich), conflict);
    assert.deepEqual(mempool.add(better, rich, now, { isNew: true, replaces: other.id }), conflict);
    assert.deepEqual(mempool.ordered(), [first, other]);
    assert.equal(mempool.check(better, rich, { isNew: true, replaces: first.id }), undefined);
    assert.equal(mempool.check(better, rich, { isNew: true, replaces: 'any' }), undefined);
  });

  it('NOTHING_TO_REPLACE: the named transaction is not pending with this sender and nonce', () => {
    const mempool = pool();
    const [gone, first] = [payment({ fee: 1n }), payment({ fee: 1n, from: testAccount(1) })];
    mempool.add(first, rich, now);
    for (const { id } of [gone, first]) {
      const fault = mempool.add(payment({ fee: 9n }), rich, now, { isNew: true, replaces: id });
      assert.deepEqual(fault, { code: 'NOTHING_TO_REPLACE', replaces: toHex(id), nonce: 0n });
    }
    assert.deepEqual(mempool.ordered(), [first]);
    assert.equal(mempool.check(payment({ fee: 9n }), rich, { isNew: true, replaces: 'any' }), undefined);
  });

  it('INSUFFICIENT_FUNDS: counts everything the sender has pending', () => {
    const mempool = pool();
    const poor: Account = { balance: 250n, nonce: 0n };
    assert.equal(mempool.add(payment({ nonce: 0 }), poor, now), undefined);
    assert.equal(mempool.add(payment({ nonce: 1 }), poor, now), undefined);
    assert.deepEqual(mempool.check(payment({ nonce: 2 }), poor), {
      code: 'INSUFFICIENT_FUNDS',
      available: 50n,
      required: 100n,
    });
    assert.equal(mempool.check(payment({ nonce: 2, amount: 49n, fee: 1n }), poor), undefined);
  });

  it('SENDER_LIMIT: a sender has at most so many pending, replacing is still possible', () => {
    const mempool = pool({ maxPerSender: 2 });
    mempool.add(payment({ nonce: 0 }), rich, now);
    mempool.add(payment({ nonce: 1 }), rich, now);
    assert.equal(mempool.check(payment({ nonce: 2 }), rich)?.code, 'SENDER_LIMIT');
    assert.equal(
      mempool.check(payment({ nonce: 1, fee: 5n }), rich, { isNew: true, replaces: payment({ nonce: 1 }).id }),
      undefined,
    );
  });

  it('FEE_TOO_LOW: below the node’s minimum', () => {
    const mempool = pool({ minimumFee: 10n });
    assert.equal(mempool.check(payment({ fee: 10n }), rich), undefined);
    assert.equal(mempool.check(payment({ fee: 9n }), rich)?.code, 'FEE_TOO_LOW');
    assert.equal(mempool.minimumFee(), 10n);
  });

  it('MEMPOOL_FULL: at the bound the lowest fee rate leaves first', () => {
    const mempool = pool({ maxTransactions: 2 });
    const cheap = payment({ from: testAccount(0), fee: 5n });
    const dear = payment({ from: testAccount(1), fee: 50n });
    mempool.add(cheap, rich, now);
    mempool.add(dear, rich, now);
    assert.equal(mempool.minimumFee(), 6n);
    assert.deepEqual(mempool.check(payment({ from: testAccount(2), fee: 5n }), rich), {
      code: 'MEMPOOL_FULL',
      minimumFee: 6n,
    });
    const better = payment({ from: testAccount(2), fee: 6n });
    assert.equal(mempool.add(better, rich, now), undefined);
    assert.equal(mempool.dropped(cheap.id)?.reason.code, 'MEMPOOL_FULL');
    assert.deepEqual(mempool.ordered(), [dear, better]);
  });

  it('at the bound a sender’s last transaction leaves, never one that another depends on', () => {
    const mempool = pool({ maxTransactions: 2 });
    const base = payment({ nonce: 0, fee: 1n });
    const tail = payment({ nonce: 1, fee: 90n });
    mempool.add(base, rich, now);
    mempool.add(tail, rich, now);
    mempool.add(payment({ from: testAccount(2), fee: 50n }), rich, now);
    assert.equal(mempool.dropped(tail.id)?.reason.code, 'MEMPOOL_FULL');
    assert.ok(mempool.get(base.id));
  });

  it('counts bytes against their bound, and gives them back', () => {
    const mempool = pool({ maxBytes: 320 });
    const [first, second] = [payment({ nonce: 0 }), payment({ nonce: 1 })];
    mempool.add(first, rich, now);
    mempool.add(second, rich, now);
    assert.equal(mempool.bytes, 306);
    assert.equal(mempool.check(payment({ from: testAccount(1) }), rich)?.code, 'MEMPOOL_FULL');
    const account = { nonce: 0n, balance: mempool.outgoing(second.sender) - 1n };
    const change = { disconnected: [], accounts: [{ publicKey: second.sender, account }], ...NOTHING_CONFIRMED };
    void mempool.reconcile(change, now);
    assert.equal(mempool.bytes, 153);
    assert.equal(mempool.check(payment({ from: testAccount(1) }), rich), undefined);
  });
});

describe('mining order', () => {
  it('takes the best fee rate first, each sender in nonce order, and fills the room', () => {
    const mempool = pool();
    const a0 = payment({ from: testAccount(0), nonce: 0, fee: 1n });
    const a1 = payment({ from: testAccount(0), nonce: 1, fee: 90n });
    const b0 = payment({ from: testAccount(1), nonce: 0, fee: 50n });
    const b1 = payment({ from: testAccount(1), nonce: 1, fee: 40n, memo: 'x'.repeat(64) });
    for (const transaction of [a1, b1, b0, a0]) mempool.add(transaction, rich, now);
    assert.deepEqual(mempool.select(100_000), [b0, b1, a0, a1]);
    assert.deepEqual(mempool.select(153 * 3), [b0, b1]);
    assert.deepEqual(mempool.select(153 * 2), [b0, a0]);
    assert.deepEqual(mempool.select(152), []);
  });
});

describe('age', () => {
  it('EXPIRED: drops a transaction after three hours of the clock that is never set, and keeps the reason', () => {
    const mempool = pool();
    const [old, young] = [payment({ nonce: 0 }), payment({ from: testAccount(1) })];
    mempool.expire(now, 5_000);
    mempool.add(old, rich, now);
    mempool.expire(now, 6_000);
    mempool.add(young, rich, now);
    // A day forwards and back on the wall clock, and a year back, are no age.
    for (const wall of [now + DAY, now, now - 365 * DAY]) mempool.expire(wall, 5_000 + DEFAULT_POLICY.maxAgeMs - 1);
    assert.equal(mempool.size, 2);
    mempool.expire(now + 7, 5_000 + DEFAULT_POLICY.maxAgeMs);
    assert.deepEqual(mempool.ordered(), [young]);
    assert.deepEqual(mempool.dropped(old.id), {
      transaction: old,
      reason: { code: 'EXPIRED', maximumAgeMs: DEFAULT_POLICY.maxAgeMs },
      at: now + 7,
    });
  });

  it('EXPIRED: counts the time before a restart, in whatever order transactions come back', () => {
    const mempool = pool();
    const [young, old] = [payment({ nonce: 0 }), payment({ from: testAccount(1) })];
    mempool.add(young, rich, now, NEW, 1_000);
    mempool.add(old, rich, now, NEW, 2_000);
    mempool.expire(now, DEFAULT_POLICY.maxAgeMs - 2_000);
    assert.deepEqual(mempool.ordered(), [young]);
    mempool.expire(now, DEFAULT_POLICY.maxAgeMs - 1_000);
    assert.equal(mempool.size, 0);
  });

  it('EXPIRED: keeps only so many reasons, and forgets the oldest, whether it was read or not', () => {
    const mempool = pool({ maxRemembered: 2 });
    const dropped = [0, 1, 2].map((sender) => payment({ from: testAccount(sender) }));
    const isRemembered = () => dropped.map(({ id }) => mempool.dropped(id) !== undefined);
    for (const [index, transaction] of dropped.entries()) {
      mempool.add(transaction, rich, now);
      mempool.expire(now, (index + 1) * DEFAULT_POLICY.maxAgeMs);
      // Asked for at once, and still the oldest when the third is dropped.
      assert.ok(mempool.dropped(dropped[0]!.id) ?? index === 2);
    }
    assert.deepEqual(isRemembered(), [false, true, true]);
  });
});

const DAY = 24 * 60 * 60 * 1000;
