import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageFullError } from '../../src/chain/chainStore.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import type { Services } from '../../src/graphql/services.js';
import type { SubmitOutcome } from '../../src/mempool/submission.js';
import { transfer } from '../support/blocks.js';
import { at, testApi } from './testApi.js';
import { ADD, alice, bob, CHECK, network, payment, RECEIVE, RESULT } from './testPayments.js';

const ADD_MANY = `mutation ($transactions: [SignedTransactionInput!]!) { addTransactions(transactions: $transactions) ${RESULT} }`;
const RECEIVE_MANY = `mutation ($transactions: [SignedTransactionInput!]!) { receiveBroadcastTransactions(transactions: $transactions) ${RESULT} }`;

/** Services that note their arguments. */
function noting(outcome?: () => Promise<SubmitOutcome[]>) {
  const given: { ids: string[]; giver: string | undefined }[] = [];
  const relay: Services['relay'] = {
    submit: (submissions) =>
      relay.receiveTransactions(
        submissions.map(({ transaction }) => transaction),
        undefined,
      ),
    receiveTransactions: (list, giver) => {
      given.push({ ids: list.map(({ id }) => toHex(id)), giver });
      return outcome?.() ?? Promise.resolve(list.map(accepted));
    },
    announcedTransactions: () => assert.fail('nothing was announced'),
    receiveBlock: () => assert.fail('no block was forwarded'),
    refused: () => undefined,
  };
  const payments: Services['payments'] = {
    send: ({ amount, fee, memo, recipient }) =>
      Promise.resolve(
        accepted(transfer({ network, from: alice, to: { publicKey: recipient }, amount, fee, memo, nonce: 7 })),
      ),
  };
  return { given, services: { relay, payments, admission: { check: () => Promise.resolve(undefined) } } };
}

const accepted = (transaction: Transaction) => ({ transaction, alreadyKnown: false, replaced: undefined });

describe('addTransaction', () => {
  it('accepts a signed transfer, and says so when it comes again', async () => {
    const { ask, input } = testApi();
    const taken = { __typename: 'TransactionAccepted', transaction: { id: toHex(payment.id) } };
    const variables = { transaction: input(payment) };
    assert.deepEqual(await ask(ADD, variables), { addTransaction: { ...taken, alreadyKnown: false } });
    assert.deepEqual(await ask(ADD, variables), { addTransaction: { ...taken, alreadyKnown: true } });
  });

  it('takes an integer literal as amount, and 0 as fee and "" as memo where they are left out', async () => {
    const { ask, input } = testApi();
    const { sender, recipient, nonce, signature } = input(payment);
    const answer =
      await ask(`mutation { addTransaction(transaction: { sender: "${sender}", recipient: "${recipient}", amount: 5,
      nonce: ${nonce}, signature: "${signature}" }) ${RESULT} }`);
    assert.equal(at(answer, 'addTransaction', '__typename'), 'TransactionAccepted');
  });

  it('answers a refusal by the rules with a code', async () => {
    const { ask, input } = testApi();
    const rejected = async (change: object) =>
      at(await ask(ADD, { transaction: { ...input(payment), ...change } }), 'addTransaction');
    assert.equal(at(await rejected({ amount: '6' }), 'code'), 'INVALID_SIGNATURE');
    assert.equal(at(await rejected({ amount: '0' }), 'code'), 'INVALID_AMOUNT');
    assert.equal(at(await rejected({ amount: (2n ** 63n).toString() }), 'code'), 'INVALID_AMOUNT');
    assert.equal(at(await rejected({ nonce: '99' }), 'code'), 'NONCE_TOO_HIGH');
    assert.deepEqual(await rejected({ memo: 'x'.repeat(65) }), {
      __typename: 'Rejected',
      code: 'MALFORMED',
      message: 'memo: expected at most 64 bytes of UTF-8, got 65',
    });
    assert.equal(at(await rejected({ memo: '\ud800' }), 'code'), 'MALFORMED');
    assert.equal(at(await rejected({}), '__typename'), 'TransactionAccepted');
  });

  it('wants sender and nonce together with signature', async () => {
    const { execute, input } = testApi();
    const whole = input(payment);
    for (const missing of ['sender', 'nonce']) {
      const { errors } = await execute(ADD, { transaction: { ...whole, [missing]: null } });
      assert.equal(errors[0]?.extensions['code'], 'BAD_USER_INPUT');
      assert.match(errors[0].message, /expected sender and nonce together with signature/);
    }
    const { errors } = await execute(ADD, { transaction: { ...whole, signature: undefined } }, { admin: true });
    assert.match(errors[0]!.message, /expected signature together with sender and nonce, or none/);
  });

  it('lets the wallet sign for the admin only', async () => {
    const { services, given } = noting();
    const { execute, ask, address } = testApi(services);
    const variables = { transaction: { recipient: address(bob.publicKey), amount: '5', memo: 'rent' } };
    const { errors } = await execute(ADD, variables);
    assert.equal(errors[0]?.extensions['code'], 'UNAUTHENTICATED');
    assert.match(errors[0].message, /Authorization: Bearer <token>.*<data>\/admin\.token/);
    const expected = transfer({ network, from: alice, to: bob, amount: 5n, memo: 'rent', nonce: 7 });
    const answer = await ask(ADD, variables, { admin: true });
    assert.equal(at(answer, 'addTransaction', 'transaction', 'id'), toHex(expected.id));
    assert.deepEqual(given, []);
  });

  it('takes a request key of 1 to 64 characters, only for the wallet', async () => {
    const { services } = noting();
    const keys: unknown[] = [];
    const send: Services['payments']['send'] = (asked) => {
      keys.push(asked.requestKey);
      return services.payments.send(asked);
    };
    const { execute, input, address } = testApi({ ...services, payments: { send } });
    const unsigned = { recipient: address(bob.publicKey), amount: '5' };
    const code = async (transaction: object) =>
      (await execute(ADD, { transaction }, { admin: true })).errors[0]?.extensions['code'];
    assert.equal(await code({ ...unsigned, requestKey: 'x'.repeat(64) }), undefined);
    for (const requestKey of ['', 'x'.repeat(65)])
      assert.equal(await code({ ...unsigned, requestKey }), 'BAD_USER_INPUT');
    assert.equal(await code({ ...input(payment), requestKey: 'x' }), 'BAD_USER_INPUT');
    assert.deepEqual(keys, ['x'.repeat(64)]);
  });

  it('is STORAGE_FULL when the disk is, for every transaction of a batch', async () => {
    const { services } = noting(() => Promise.reject(new StorageFullError('no space')));
    const { ask, input, logged } = testApi(services);
    assert.equal(at(await ask(ADD, { transaction: input(payment) }), 'addTransaction', 'code'), 'STORAGE_FULL');
    const batch = await ask(ADD_MANY, { transactions: [input(payment), { ...input(payment), memo: 'x'.repeat(65) }] });
    assert.equal(at(batch, 'addTransactions', 0, 'code'), 'STORAGE_FULL');
    assert.equal(at(batch, 'addTransactions', 1, 'code'), 'MALFORMED');
    assert.deepEqual(logged, []);
  });

  it('waits for deliveries only where they are selected', async () => {
    const asked: string[] = [];
    const peer = {
      url: 'http://peer.example/graphql',
      status: 'CONNECTED',
      consecutiveFailures: 0,
      standing: 0,
      queued: 0,
    } as const;
    const gossip: Services['gossip'] = {
      deliveries: (id) => {
        asked.push(toHex(id));
        const rejected = { code: 'FEE_TOO_LOW', message: 'their words' } as const;
        return Promise.resolve([{ peer, outcome: 'DECLINED', rejected, latencyMs: 12 }]);
      },
    };
    const { ask, input } = testApi({ gossip });
    await ask(ADD, { transaction: input(payment) });
    assert.deepEqual(asked, []);
    const selection =
      '{ ... on TransactionAccepted { deliveries { peer { url } outcome latencyMs rejected { code message } } } }';
    const query = (mutation: string, type: string) =>
      `mutation ($t: ${type}!) { ${mutation}(transaction: $t) ${selection} }`;
    const answer = await ask(query('addTransaction', 'AddTransactionInput'), { t: input(payment) });
    assert.deepEqual(at(answer, 'addTransaction', 'deliveries'), [
      {
        peer: { url: peer.url },
        outcome: 'DECLINED',
        latencyMs: 12,
        rejected: { code: 'FEE_TOO_LOW', message: 'their words' },
      },
    ]);
    assert.deepEqual(asked, [toHex(payment.id)]);
    const relayed = await ask(query('receiveBroadcastTransaction', 'SignedTransactionInput'), { t: input(payment) });
    assert.deepEqual(at(relayed, 'receiveBroadcastTransaction', 'deliveries'), [], 'a relaying node never waits');
    assert.equal(asked.length, 1);
  });
});

describe('a batch', () => {
  it('has a result for each transaction, in order, and passes on only well-formed ones', async () => {
    const { services, given } = noting();
    const { ask, input } = testApi(services);
    const second = transfer({ network, from: alice, to: bob, amount: 1n, nonce: 1 });
    const answer = await ask(ADD_MANY, {
      transactions: [input(payment), { ...input(payment), memo: 'x'.repeat(65) }, input(second)],
    });
    assert.equal(at(answer, 'addTransactions', 0, 'transaction', 'id'), toHex(payment.id));
    assert.equal(at(answer, 'addTransactions', 1, 'code'), 'MALFORMED');
    assert.equal(at(answer, 'addTransactions', 2, 'transaction', 'id'), toHex(second.id));
    assert.deepEqual(given, [{ ids: [toHex(payment.id), toHex(second.id)], giver: undefined }]);
    assert.deepEqual(await ask(ADD_MANY, { transactions: [] }), { addTransactions: [] });
  });

  it('is at most 1,000', async () => {
    const { services } = noting();
    const { ask, execute, input } = testApi(services);
    const batch = (length: number) => ({ transactions: Array.from({ length }, () => input(payment)) });
    assert.equal((at(await ask(ADD_MANY, batch(1_000)), 'addTransactions') as unknown[]).length, 1_000);
    for (const mutation of [ADD_MANY, RECEIVE_MANY]) {
      const { errors } = await execute(mutation, batch(1_001));
      assert.equal(errors[0]?.extensions['code'], 'BAD_USER_INPUT');
      assert.match(errors[0].message, /transactions: expected at most 1000, got 1001/);
    }
  });
});

describe('receiveBroadcastTransaction', () => {
  it('passes the sender on, so that it does not get them back; addTransaction has no sender', async () => {
    const { services, given } = noting();
    const { ask, input } = testApi(services);
    const giver = 'cd'.repeat(32);
    await ask(RECEIVE, { transaction: input(payment) }, { giver });
    await ask(RECEIVE_MANY, { transactions: [input(payment)] }, { giver });
    await ask(ADD, { transaction: input(payment) }, { giver });
    assert.deepEqual(
      given.map((call) => call.giver),
      [giver, giver, undefined],
    );
  });
});

describe('checkTransaction', () => {
  it('answers like addTransaction and changes nothing', async () => {
    const { ask, input, mempool } = testApi();
    assert.deepEqual(at(await ask(CHECK, { transaction: input(payment) }), 'checkTransaction'), {
      __typename: 'TransactionValid',
      id: toHex(payment.id),
      availableAfter: (1_000n * 100_000_000n - 5n).toString(),
    });
    const forged = await ask(CHECK, { transaction: { ...input(payment), amount: '6' } });
    assert.equal(at(forged, 'checkTransaction', 'code'), 'INVALID_SIGNATURE');
    const malformed = await ask(CHECK, { transaction: { ...input(payment), memo: 'x'.repeat(65) } });
    assert.equal(at(malformed, 'checkTransaction', 'code'), 'MALFORMED');
    assert.equal(mempool.size, 0);
  });

  it('counts pending transactions, but not the one that the transaction would replace', async () => {
    const { ask, input } = testApi();
    await ask(ADD, { transaction: input(payment) });
    const available = async (options: { nonce: number; fee: bigint }, replaces?: string) => {
      const transaction = transfer({ network, from: alice, to: bob, amount: 10n, ...options });
      const answer = await ask(CHECK, { transaction: { ...input(transaction), replaces } });
      return at(answer, 'checkTransaction', 'availableAfter');
    };
    const start = 1_000n * 100_000_000n;
    assert.equal(await available({ nonce: 1, fee: 0n }), `${start - 15n}`);
    assert.equal(await available({ nonce: 0, fee: 1n }, toHex(payment.id)), `${start - 11n}`);
  });
});
