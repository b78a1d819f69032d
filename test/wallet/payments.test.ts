import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import type { Rejection } from '../../src/consensus/rejection.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import type { Submission } from '../../src/mempool/submission.js';
import { sign, verifySignature } from '../../src/crypto/ed25519.js';
import { Payments, type PaymentModules } from '../../src/wallet/payments.js';
import { testAccount, testNetwork } from '../support/blocks.js';

const { chainId } = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];
const payment = { recipient: bob.publicKey, amount: 5n, fee: 1n, memo: '' };

function setup(wallet: Partial<PaymentModules['wallet']> = {}) {
  const submitted: Submission[] = [];
  const kept = new Map<string, Transaction>();
  const answers: Rejection[] = [];
  const sent = () => submitted.map(({ transaction }) => transaction);
  const payments = new Payments(
    { chainId },
    {
      wallet: { state: () => ({ publicKey: alice.publicKey }), sign: (payload) => sign(payload, alice), ...wallet },
      mempool: {
        nextNonce: () => (submitted.length > 0 ? BigInt(submitted.length) + 3n : undefined),
        get: (id) => submitted.find(({ transaction }) => toHex(transaction.id) === toHex(id)),
      },
      chain: { read: (use) => use({ account: () => ({ balance: 100n, nonce: 3n }) }) },
      requests: {
        get: (key) => kept.get(key),
        put: (key, transaction) => Promise.resolve(void kept.set(key, transaction)),
        remove: (key) => Promise.resolve(void kept.delete(key)),
      },
      submit: async (submission) => {
        await new Promise((resolve) => setImmediate(resolve));
        const refused = answers.shift();
        if (refused) return refused;
        submitted.push(submission);
        return { transaction: submission.transaction, alreadyKnown: false, replaced: undefined };
      },
    },
  );
  return { payments, submitted, sent, kept, answers };
}

describe('payments of the node’s wallet', () => {
  it('are signed for this chain, each with the next nonce, also when they come at once', async () => {
    const { payments, sent } = setup();
    await Promise.all([payments.send(payment), payments.send(payment), payments.send(payment)]);
    assert.deepEqual(
      sent().map(({ nonce }) => nonce),
      [3n, 4n, 5n],
    );
    for (const { payload, signature } of sent()) assert.ok(verifySignature(alice.publicKey, payload, signature));
  });

  it('take the nonce of the payment that they replace, and no other', async () => {
    const { payments, submitted, sent } = setup();
    await payments.send(payment);
    await payments.send(payment);
    const [first] = sent();
    await payments.send({ ...payment, fee: 2n, replaces: first!.id });
    assert.deepEqual([submitted[2]!.transaction.nonce, submitted[2]!.replaces], [3n, first!.id]);
    // Not pending, so `submit` refuses it: the next nonce is as good as any.
    const unknown = new Uint8Array(32);
    await payments.send({ ...payment, replaces: unknown });
    assert.deepEqual([submitted[3]!.transaction.nonce, submitted[3]!.replaces], [6n, unknown]);
  });

  it('are made once for a request key: the same transaction is offered again, also while the wallet is locked', async () => {
    let locked = false;
    const { payments, sent } = setup({
      sign: (payload) => (locked ? { code: 'WALLET_LOCKED', wrongPassphrase: false } : sign(payload, alice)),
    });
    await Promise.all([
      payments.send({ ...payment, requestKey: 'rent 7' }),
      payments.send({ ...payment, requestKey: 'rent 7' }),
    ]);
    locked = true;
    await payments.send({ ...payment, requestKey: 'rent 7' });
    assert.deepEqual([...new Set(sent().map(({ id }) => toHex(id)))].length, 1);
    locked = false;
    await payments.send({ ...payment, requestKey: 'rent 8' });
    assert.notDeepEqual(sent().at(-1)!.id, sent()[0]!.id);
  });

  it('REQUEST_KEY_USED: a key stands for one payment', async () => {
    const { payments, sent } = setup();
    await payments.send({ ...payment, requestKey: 'rent' });
    for (const other of [{ amount: 6n }, { fee: 2n }, { memo: 'x' }, { recipient: alice.publicKey }]) {
      const outcome = await payments.send({ ...payment, ...other, requestKey: 'rent' });
      assert.deepEqual(outcome, { code: 'REQUEST_KEY_USED', txid: toHex(sent()[0]!.id) });
    }
    assert.equal(sent().length, 1);
  });

  it('are kept before they are offered, and forgotten when they are refused', async () => {
    const { payments, submitted, kept, answers } = setup();
    answers.push({ code: 'INSUFFICIENT_FUNDS', available: 0n, required: 6n });
    await payments.send({ ...payment, requestKey: 'rent' });
    assert.equal(kept.size, 0);
    const crashed = setup();
    await crashed.payments.send({ ...payment, requestKey: 'rent' });
    // Kept, and the node ended before it was offered: the very same is offered, whatever the next nonce is.
    const [key, transaction] = [...crashed.kept][0]!;
    kept.set(key, transaction);
    await payments.send(payment);
    await payments.send({ ...payment, requestKey: 'rent' });
    assert.equal(submitted.at(-1)!.transaction, transaction);
  });

  it('WALLET_UNAVAILABLE, WALLET_LOCKED: say why no payment was made', async () => {
    const none = setup({ state: () => undefined });
    assert.deepEqual(await none.payments.send(payment), { code: 'WALLET_UNAVAILABLE' });
    const locked = setup({ sign: () => ({ code: 'WALLET_LOCKED', wrongPassphrase: false }) });
    assert.deepEqual(await locked.payments.send(payment), { code: 'WALLET_LOCKED', wrongPassphrase: false });
    assert.equal(none.sent().length + locked.sent().length, 0);
  });

  it('MALFORMED: a memo that is too long is refused before it is signed', async () => {
    const { payments, sent } = setup();
    const outcome = await payments.send({ ...payment, memo: 'x'.repeat(65) });
    assert.ok('code' in outcome && outcome.code === 'MALFORMED');
    assert.equal(sent().length, 0);
    assert.equal('code' in (await payments.send({ ...payment, memo: 'x'.repeat(64) })), false);
  });
});
