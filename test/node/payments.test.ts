import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transaction } from '../../src/consensus/transaction.js';
import { sign, verifySignature } from '../../src/crypto/ed25519.js';
import { Payments, type PaymentModules } from '../../src/node/payments.js';
import { testAccount, testNetwork } from '../support/blocks.js';

const { chainId } = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];
const payment = { recipient: bob.publicKey, amount: 5n, fee: 1n, memo: '' };

function setup(wallet: Partial<PaymentModules['wallet']> = {}) {
  const sent: Transaction[] = [];
  const payments = new Payments(
    { chainId },
    {
      wallet: { state: () => ({ publicKey: alice.publicKey }), sign: (payload) => sign(payload, alice), ...wallet },
      mempool: { nextNonce: () => (sent.length > 0 ? BigInt(sent.length) + 3n : undefined) },
      chain: { view: () => ({ account: () => ({ balance: 100n, nonce: 3n }) }) },
      submit: async (transaction) => {
        await new Promise((resolve) => setImmediate(resolve));
        sent.push(transaction);
        return { transaction, alreadyKnown: false };
      },
    },
  );
  return { payments, sent };
}

describe('payments of the node’s wallet', () => {
  it('are signed for this chain, each with the next nonce, also when they come at once', async () => {
    const { payments, sent } = setup();
    await Promise.all([payments.send(payment), payments.send(payment), payments.send(payment)]);
    assert.deepEqual(
      sent.map(({ nonce }) => nonce),
      [3n, 4n, 5n],
    );
    for (const { payload, signature } of sent) assert.ok(verifySignature(alice.publicKey, payload, signature));
  });

  it('WALLET_UNAVAILABLE, WALLET_LOCKED: say why there is none', async () => {
    const none = setup({ state: () => undefined });
    assert.deepEqual(await none.payments.send(payment), { code: 'WALLET_UNAVAILABLE' });
    const locked = setup({ sign: () => ({ code: 'WALLET_LOCKED', wrongPassphrase: false }) });
    assert.deepEqual(await locked.payments.send(payment), { code: 'WALLET_LOCKED', wrongPassphrase: false });
    assert.equal(none.sent.length + locked.sent.length, 0);
  });

  it('MALFORMED: a memo that is too long is refused before it is signed', async () => {
    const { payments, sent } = setup();
    const outcome = await payments.send({ ...payment, memo: 'x'.repeat(65) });
    assert.ok('code' in outcome && outcome.code === 'MALFORMED');
    assert.equal(sent.length, 0);
    assert.equal('code' in (await payments.send({ ...payment, memo: 'x'.repeat(64) })), false);
  });
});
