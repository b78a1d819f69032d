import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transaction } from '../../src/consensus/transaction.js';
import { equalBytes } from '../../src/crypto/bytes.js';
import { mineBlock, testAccount, transfer } from '../support/blocks.js';
import { offered, setup } from './testAdmission.js';
import { network, now, payment, pool, rich } from './testMempool.js';

/** Two blocks that left the best chain, newest first; reading one takes longer than a turn. */
function leaving(...bodies: Transaction[][]) {
  const blocks = bodies.map((transactions) => mineBlock({ network, parent: network.genesis.header, transactions }));
  const all = bodies.flat();
  return {
    disconnected: blocks.map(({ header }) => header),
    body: ({ hash }: { readonly hash: Uint8Array }) => {
      for (const end = performance.now() + 11; performance.now() < end;);
      return blocks.find(({ header }) => header.hash === hash)!.transactions;
    },
    accounts: [],
    reader: { account: () => rich, isConfirmed: () => false },
    before: {
      transaction: (id: Uint8Array) => {
        const transaction = all.find((one) => equalBytes(one.id, id));
        return transaction && { transaction };
      },
    },
  };
}

describe('what was mined, while a change of the tip is followed', () => {
  it('is not dropped by the tick that falls into it, for want of the nonces before or for its age', async () => {
    const mempool = pool({ maxHeldBack: 1 });
    const transactions = [0, 1, 2].map((nonce) => payment({ nonce }));
    for (const transaction of transactions) mempool.add(transaction, rich, now);
    const removed: Transaction[] = [];
    mempool.removed.on((transaction) => removed.push(transaction));
    const tick = () => mempool.expire(now, 2 * mempool.maxAgeMs);
    const isConfirmed = () => {
      tick();
      return true;
    };
    const account = { ...rich, nonce: 3n };
    const accounts = [{ publicKey: transactions[0]!.sender, account }];
    const reader = { account: () => account, isConfirmed };
    const old = payment({ from: testAccount(2) });
    mempool.add(old, rich, now);
    await mempool.reconcile({ ...leaving(), accounts, reader }, now);
    assert.deepEqual(removed, transactions);
    for (const { id } of transactions) assert.equal(mempool.dropped(id), undefined);
    // The next one does what it left undone.
    assert.equal(mempool.size, 1);
    tick();
    assert.equal(mempool.dropped(old.id)?.reason.code, 'EXPIRED');
  });
});

describe('what comes back in several turns', () => {
  it('threat lost-in-reorganization: is pending from the first of them', async () => {
    const mempool = pool();
    const [first, second] = [payment({ nonce: 0 }), payment({ nonce: 1 })];
    const returned = mempool.reconcile(leaving([second], [first]), now);
    assert.ok(mempool.size < 2, 'it takes turns');
    assert.deepEqual(mempool.get(second.id), { transaction: second, since: now, missingNonce: undefined });
    const stranger = transfer({ network, from: testAccount(3), to: testAccount(1), amount: 1n, nonce: 0 });
    assert.equal(mempool.get(stranger.id), undefined);
    assert.ok(mempool.following);
    assert.equal(await returned, 2);
    assert.equal(mempool.following, undefined);
    assert.equal(mempool.size, 2);
  });

  it('is there before what is submitted meanwhile is decided', async () => {
    const { mempool, admission, writes } = setup();
    const [first, second] = [0, 1].map((nonce) => payment({ nonce }));
    const returned = mempool.reconcile(leaving([second!], [first!]), now);
    const rival = payment({ nonce: 1, amount: 3n });
    const outcomes = admission.submit([offered(rival)], undefined, now);
    await returned;
    const [outcome] = await outcomes;
    assert.ok('code' in outcome! && outcome.code === 'NONCE_CONFLICT');
    assert.deepEqual([mempool.get(second!.id)?.transaction, writes.length], [second, 0]);
  });

  it('is announced block by block', async () => {
    const mempool = pool();
    const announced: (readonly Transaction[])[] = [];
    mempool.returned.on((entries) => announced.push(entries.map(({ transaction }) => transaction)));
    const [first, second, third] = [0, 1, 2].map((nonce) => payment({ nonce }));
    await mempool.reconcile(leaving([second!, third!], [first!]), now);
    assert.deepEqual(announced, [[first], [second, third]]);
  });
});
