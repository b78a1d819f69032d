import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { transfer } from '../support/blocks.js';
import { at, testApi } from './testApi.js';
import { ADD, alice, bob, CHECK, network, payment, RECEIVE } from './testPayments.js';

describe('replaces', () => {
  const better = transfer({ network, from: alice, to: bob, amount: 5n, fee: 9n, nonce: 0 });
  const RESULT_REPLACED =
    '{ __typename ... on TransactionAccepted { transaction { id } alreadyKnown replaced { id } } ... on Rejected { code pending } }';
  const MUTATE = `mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) ${RESULT_REPLACED} }`;
  const MUTATE_MANY = `mutation ($transactions: [SignedTransactionInput!]!) { addTransactions(transactions: $transactions) ${RESULT_REPLACED} }`;
  const conflict = (pending: Transaction) => ({
    __typename: 'Rejected',
    code: 'NONCE_CONFLICT',
    pending: toHex(pending.id),
  });
  const taken = (transaction: Transaction, replaced?: Transaction) => ({
    __typename: 'TransactionAccepted',
    transaction: { id: toHex(transaction.id) },
    alreadyKnown: false,
    replaced: replaced ? { id: toHex(replaced.id) } : null,
  });

  it('names the transaction that a transfer replaces; without it nothing is replaced', async () => {
    const { ask, input, mempool } = testApi();
    const add = async (transaction: Transaction, replaces?: Transaction) =>
      at(
        await ask(MUTATE, { transaction: { ...input(transaction), replaces: replaces && toHex(replaces.id) } }),
        'addTransaction',
      );
    assert.deepEqual(await add(payment), taken(payment));
    assert.deepEqual(await add(better), conflict(payment));
    assert.deepEqual(mempool.ordered(), [payment]);
    assert.deepEqual(await add(better, payment), taken(better, payment));
    assert.deepEqual(mempool.ordered(), [better]);
    // A resend is known, also when the replaced transaction is gone.
    assert.deepEqual(await add(better, payment), { ...taken(better), alreadyKnown: true });
    const best = transfer({ network, from: alice, to: bob, amount: 5n, fee: 99n, nonce: 0 });
    assert.deepEqual(await add(best, payment), conflict(better));
    const next = transfer({ network, from: alice, to: bob, amount: 5n, fee: 99n, nonce: 1 });
    assert.deepEqual(await add(next, payment), { __typename: 'Rejected', code: 'NOTHING_TO_REPLACE', pending: null });
    assert.deepEqual(mempool.ordered(), [better]);
  });

  it('is a matter of each transaction of a batch, also of one before it in the batch', async () => {
    const { ask, input, mempool } = testApi();
    const next = transfer({ network, from: alice, to: bob, amount: 5n, nonce: 1 });
    const nextBetter = transfer({ network, from: alice, to: bob, amount: 5n, fee: 7n, nonce: 1 });
    const answer = await ask(MUTATE_MANY, {
      transactions: [input(payment), input(better), input(next), { ...input(nextBetter), replaces: toHex(next.id) }],
    });
    assert.deepEqual(at(answer, 'addTransactions', 0), taken(payment));
    assert.deepEqual(at(answer, 'addTransactions', 1), conflict(payment));
    assert.equal(at(answer, 'addTransactions', 3, '__typename'), 'TransactionAccepted');
    assert.deepEqual(mempool.ordered(), [payment, nextBetter]);
  });

  it('is not asked of a node that relays: there the fee decides', async () => {
    const { ask, input, mempool } = testApi();
    await ask(ADD, { transaction: input(payment) });
    await ask(RECEIVE, { transaction: input(better) });
    assert.deepEqual(mempool.ordered(), [better]);
  });

  it('is checked as it is done', async () => {
    const { ask, input, mempool } = testApi();
    await ask(ADD, { transaction: input(payment) });
    const check = async (replaces?: Transaction) =>
      at(
        await ask(CHECK, { transaction: { ...input(better), replaces: replaces && toHex(replaces.id) } }),
        'checkTransaction',
      ) as { code?: string };
    assert.equal((await check()).code, 'NONCE_CONFLICT');
    assert.equal((await check(better)).code, 'NONCE_CONFLICT');
    assert.equal((await check(payment)).code, undefined);
    assert.deepEqual(mempool.ordered(), [payment]);
  });
});
