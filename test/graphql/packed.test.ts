import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageFullError } from '../../src/chain/chainStore.js';
import { encodeBody } from '../../src/consensus/block.js';
import type { Rejection } from '../../src/consensus/rejection.js';
import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import type { Services } from '../../src/graphql/services.js';
import { transfer } from '../support/blocks.js';
import { at, type Caller, testApi } from './testApi.js';
import { alice, bob, network, payment } from './testPayments.js';

const GIVER = 'cd'.repeat(32);
const RECEIVE = `mutation ($t: Base64!) { outcome: receiveBroadcastPackedTransactions(transactions: $t) {
  __typename ... on TransactionsReceived { alreadyKnown refused { index reason { code message } } } ... on Rejected { code message }
} }`;
const pay = (nonce: number, memo = '') => transfer({ network, from: alice, to: bob, amount: 1n, nonce, memo });
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** The whole API, the outcome of transactions in these bytes, and what the giver was blamed for. */
function receiving(change: Partial<Services['relay']> = {}) {
  const api = testApi();
  const blamed: (readonly Rejection[])[] = [];
  Object.assign(
    api.services.relay,
    { refused: (_: string, faults: readonly Rejection[]) => blamed.push(faults) },
    change,
  );
  const receive = async (bytes: Uint8Array, caller: Caller = { giver: GIVER }) =>
    at(await api.ask(RECEIVE, { t: base64(bytes) }, caller), 'outcome');
  return { ...api, receive, blamed };
}

const received = (alreadyKnown: number[], refused: unknown[] = []) => {
  return { __typename: 'TransactionsReceived', alreadyKnown, refused };
};

describe('receiveBroadcastPackedTransactions', () => {
  it('takes what a body has, whole and with its own hashes, and names those that it has already', async () => {
    const { receive, mempool } = receiving();
    const memos = ['', 'rent', '🌊'.repeat(16)];
    const transactions = memos.map((memo, nonce) => pay(nonce, memo));
    assert.deepEqual(await receive(encodeBody(transactions)), received([]));
    for (const transaction of transactions) assert.deepEqual(mempool.get(transaction.id)?.transaction, transaction);
    assert.deepEqual(await receive(encodeBody([pay(3), ...transactions])), received([1, 2, 3]));
    assert.deepEqual(await receive(new Uint8Array()), received([]));
  });

  it('names its giver, so that it does not get them back', async () => {
    const givers: (string | undefined)[] = [];
    const { receive } = receiving({
      receiveTransactions: (transactions, giver) => {
        givers.push(giver);
        return Promise.resolve(
          transactions.map((transaction) => ({ transaction, alreadyKnown: false, replaced: undefined })),
        );
      },
    });
    await receive(payment.encoded);
    await receive(payment.encoded, {});
    assert.deepEqual(givers, [GIVER, undefined]);
  });

  it('refuses each one by itself, with its place and why', async () => {
    const { receive } = receiving();
    const forged = createTransaction(network.chainId, { ...payment, amount: 6n }, payment.signature);
    const free = createTransaction(network.chainId, { ...payment, amount: 0n }, payment.signature);
    const outcome = await receive(encodeBody([forged, payment, free, pay(99)]));
    assert.deepEqual(at(outcome, 'alreadyKnown'), []);
    const refused = at(outcome, 'refused') as { index: number; reason: { code: string; message: string } }[];
    assert.deepEqual(
      refused.map(({ index, reason }) => [index, reason.code]),
      [
        [0, 'INVALID_SIGNATURE'],
        [2, 'INVALID_AMOUNT'],
        [3, 'NONCE_TOO_HIGH'],
      ],
    );
    assert.match(refused[2]!.reason.message, /nonce/);
  });

  it('says where bytes are no transaction, takes none of them, and blames their giver', async () => {
    const { receive, blamed, mempool } = receiving();
    const good = encodeBody([payment, pay(1)]);
    const long = Uint8Array.from([...payment.encoded.subarray(0, 88), 65, ...new Uint8Array(65 + 64)]);
    const broken = pay(1, 'rent').encoded.with(89, 0xff);
    for (const [bytes, message] of [
      [good.subarray(0, -1), 'transaction 1 at byte 153: expected 64 more bytes, got 63'],
      [Uint8Array.from([...good, 0]), 'transaction 2 at byte 306: expected 89 more bytes, got 1'],
      [
        Uint8Array.from([...payment.encoded, ...long]),
        'transaction 1 at byte 153: expected a memo of at most 64 bytes, got 65',
      ],
      [broken, 'transaction 0 at byte 0: expected a memo of well-formed UTF-8'],
    ] as const) {
      assert.deepEqual(await receive(bytes), {
        __typename: 'Rejected',
        code: 'MALFORMED',
        message: `transactions: expected transactions one after another, as a block has them, got other bytes: ${message}`,
      });
      assert.deepEqual(
        blamed.pop()?.map(({ code }) => code),
        ['MALFORMED'],
      );
    }
    assert.equal(mempool.size, 0);
    assert.deepEqual(await receive(good), received([]));
  });

  it('is STORAGE_FULL when the disk is', async () => {
    const { receive, logged } = receiving({
      receiveTransactions: () => Promise.reject(new StorageFullError('no space')),
    });
    assert.equal(at(await receive(payment.encoded), 'code'), 'STORAGE_FULL');
    assert.deepEqual(logged, []);
  });

  it('is at most 1,000, and no more bytes than those can have', async () => {
    const given: (readonly Transaction[])[] = [];
    const { receive, execute } = receiving({
      receiveTransactions: (transactions) => {
        given.push(transactions);
        return Promise.resolve([]);
      },
    });
    const batch = (count: number, each: Transaction) => encodeBody(Array.from({ length: count }, () => each));
    await receive(batch(1_000, pay(0, 'x'.repeat(64))));
    assert.equal(given[0]!.length, 1_000);
    const more = await receive(batch(1_001, payment));
    assert.match(String(at(more, 'message')), /other bytes: expected at most 1000 transactions, got more/);
    const { errors } = await execute(RECEIVE, { t: base64(batch(1_001, pay(0, 'x'.repeat(64)))) });
    assert.equal(errors[0]?.extensions['code'], 'BAD_USER_INPUT');
    assert.equal(errors[0].message, 't: expected at most 289336 characters, got 289624');
    assert.equal(given.length, 1);
  });
});
