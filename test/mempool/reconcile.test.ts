import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transaction } from '../../src/consensus/transaction.js';
import { Mempool } from '../../src/mempool/mempool.js';
import { DEFAULT_POLICY } from '../../src/mempool/policy.js';
import type { Account } from '../../src/ledger/accounts.js';
import { mineBlock, testAccount, testNetwork, transfer, type TransferOptions } from '../support/blocks.js';

const network = testNetwork();
const alice = testAccount(0);
const before: Account = { balance: 1_000n, nonce: 0n };
const now = 5_000;

function payment(options: Partial<TransferOptions> = {}): Transaction {
  return transfer({ network, from: alice, to: testAccount(1), amount: 100n, nonce: 0, ...options });
}

function block(...transactions: Transaction[]) {
  return mineBlock({ network, parent: network.genesis.header, transactions });
}

/** A new tip after which alice's account is `account`. */
function tip(account: Account, change: { connected?: Transaction[][]; disconnected?: Transaction[][] } = {}) {
  const left = (change.disconnected ?? []).map((transactions) => block(...transactions));
  const connected = (change.connected ?? []).flat();
  return {
    disconnected: left.map(({ header }) => header),
    body: ({ hash }: { readonly hash: Uint8Array }) => left.find(({ header }) => header.hash === hash)!.transactions,
    accounts: [{ publicKey: alice.publicKey, account }],
    reader: { account: () => account, isConfirmed: (id: Uint8Array) => connected.some((one) => one.id === id) },
    before: { transaction: () => undefined },
  };
}

describe('the mempool after a new tip', () => {
  it('removes mined transactions and keeps later nonces', async () => {
    const mempool = new Mempool(DEFAULT_POLICY);
    const [first, second] = [payment({ nonce: 0 }), payment({ nonce: 1 })];
    const left: Transaction[] = [];
    mempool.removed.on((transaction) => left.push(transaction));
    mempool.add(first, before, now);
    mempool.add(second, before, now);
    await mempool.reconcile(tip({ balance: 900n, nonce: 1n }, { connected: [[first]] }), now);
    assert.deepEqual(mempool.ordered(), [second]);
    assert.deepEqual(left, [first]);
    assert.equal(mempool.dropped(first.id), undefined);
  });

  it('drops the rival of a mined transaction', async () => {
    const mempool = new Mempool(DEFAULT_POLICY);
    const rival = payment({ amount: 1n });
    mempool.add(rival, before, now);
    await mempool.reconcile(tip({ balance: 900n, nonce: 1n }, { connected: [[payment()]] }), now);
    assert.equal(mempool.size, 0);
    assert.equal(mempool.dropped(rival.id)?.reason.code, 'NONCE_TOO_LOW');
  });

  it('drops transactions that the sender can no longer pay, last nonce first', async () => {
    const mempool = new Mempool(DEFAULT_POLICY);
    const payments = [0, 1, 2].map((nonce) => payment({ nonce }));
    for (const transaction of payments) mempool.add(transaction, before, now);
    await mempool.reconcile(tip({ balance: 250n, nonce: 0n }), now);
    assert.deepEqual(mempool.ordered(), payments.slice(0, 2));
    assert.equal(mempool.dropped(payments[2]!.id)?.reason.code, 'INSUFFICIENT_FUNDS');
  });

  it('takes the transactions of a disconnected block back, in order, and says how many', async () => {
    const mempool = new Mempool(DEFAULT_POLICY);
    const [first, second, third] = [payment({ nonce: 0 }), payment({ nonce: 1 }), payment({ nonce: 2 })];
    // genesis ── [first] ── [second]        old branch
    //        └── [] ── [] ── []             new branch
    mempool.add(third, { balance: 800n, nonce: 2n }, now);
    const returned = await mempool.reconcile(
      tip(before, { disconnected: [[second], [first]], connected: [[], [], []] }),
      now,
    );
    assert.equal(returned, 2);
    assert.deepEqual(mempool.select(10_000), [first, second, third]);
  });

  it('takes back more than a sender may add, since it was acknowledged', async () => {
    const mempool = new Mempool(DEFAULT_POLICY);
    const rich: Account = { balance: 100_000n, nonce: 0n };
    const payments = Array.from({ length: 66 }, (_, nonce) => payment({ nonce }));
    const [mined, pending] = [payments.slice(0, 2), payments.slice(2)];
    for (const transaction of pending) mempool.add(transaction, { ...rich, nonce: 2n }, now);
    assert.equal(mempool.check(payment({ nonce: 66 }), { ...rich, nonce: 2n })?.code, 'SENDER_LIMIT');
    assert.equal(await mempool.reconcile(tip(rich, { connected: [[]], disconnected: [mined] }), now), 2);
    assert.deepEqual(mempool.ordered(), payments);
  });

  it('does not take back transactions that the new branch mined too', async () => {
    const mempool = new Mempool(DEFAULT_POLICY);
    const first = payment();
    const after = { balance: 900n, nonce: 1n };
    assert.equal(await mempool.reconcile(tip(after, { disconnected: [[first]], connected: [[first]] }), now), 0);
    assert.equal(mempool.size, 0);
  });

  it('says why a transaction of the old branch did not come back', async () => {
    const mempool = new Mempool(DEFAULT_POLICY);
    const first = payment({ amount: 2_000n });
    assert.equal(await mempool.reconcile(tip(before, { disconnected: [[first]] }), now), 0);
    assert.equal(mempool.dropped(first.id)?.reason.code, 'INSUFFICIENT_FUNDS');
  });
});
