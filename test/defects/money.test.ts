import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTransaction, signingPayload, type Transaction } from '../../src/consensus/transaction.js';
import { sign, verifySignature } from '../../src/crypto/ed25519.js';
import { STARTING_BALANCE, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { addressOf, startTestNode, transactionInput, type TestNode } from '../support/node.js';
import { ADD, BALANCE, MINE, STATUS, type Outcome } from '../support/operations.js';

const network = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];

function payment(amount: bigint, nonce = 0): Transaction {
  return transfer({ network, from: alice, to: bob, amount, nonce });
}

async function add(node: TestNode, transaction: Transaction, change: Record<string, unknown> = {}): Promise<Outcome> {
  const t = { ...transactionInput(network, transaction), ...change };
  return (await node.ask<{ outcome: Outcome }>(ADD, { t })).outcome;
}

async function confirmed(node: TestNode, account: typeof alice): Promise<bigint> {
  const { balance } = await node.ask<{ balance: { confirmed: string } }>(BALANCE, {
    address: addressOf(network, account),
  });
  return BigInt(balance.confirmed);
}

describe('defects of the original: money and signatures', () => {
  it('#1 money is a float: an amount is a whole number of base units, as text', async () => {
    const node = await startTestNode({ network });
    for (const amount of ['1.0', 1.5, '1e3', '01', '-1', '+1', '', ' 1', '18446744073709551616', '0x10']) {
      await assert.rejects(add(node, payment(1n), { amount }), /expected .* got/s, `amount ${amount}`);
    }
    assert.equal((await add(node, payment(1n))).__typename, 'TransactionAccepted');
  });

  it('#2 negative amounts steal: negative is refused at the door, zero and overflow by rule', async () => {
    const node = await startTestNode({ network });
    await assert.rejects(add(node, payment(5n), { amount: '-5' }), /expected .* got/s);
    assert.equal((await add(node, payment(0n))).code, 'INVALID_AMOUNT');
    assert.equal((await add(node, payment(2n ** 63n))).code, 'INVALID_AMOUNT');
    assert.equal((await add(node, payment(2n ** 64n - 1n))).code, 'INVALID_AMOUNT');
    assert.equal(await confirmed(node, alice), STARTING_BALANCE);
    assert.equal((await add(node, payment(5n))).__typename, 'TransactionAccepted');
  });

  it('#3 the type of an amount is unchecked: a wrong type is an error of the client, with expected and got', async () => {
    const node = await startTestNode({ network });
    for (const amount of [true, null, [], {}, 'five']) {
      await assert.rejects(
        add(node, payment(5n), { amount }),
        (error: { response?: { status: number; errors: { extensions: { code: string } }[] } }) => {
          assert.equal(error.response?.errors[0]?.extensions.code, 'BAD_USER_INPUT');
          return true;
        },
      );
    }
  });

  it('#4 replay: one signature sent three times pays once', async () => {
    const node = await startTestNode({ network });
    const once = payment(3n);
    const outcomes = [await add(node, once), await add(node, once), await add(node, once)];
    assert.deepEqual(
      outcomes.map(({ alreadyKnown }) => alreadyKnown),
      [false, true, true],
    );
    await node.admin(MINE);
    assert.equal((await add(node, once)).alreadyKnown, true);
    await node.admin(MINE);
    assert.equal(await confirmed(node, bob), STARTING_BALANCE + 3n);
    // The same nonce with another payload is no replay but a spent nonce.
    assert.equal((await add(node, payment(4n))).code, 'NONCE_TOO_LOW');
  });

  it('#5 signed bytes are ambiguous: no two transfers share a payload', () => {
    // The original signed recipient + amount as text, so (R, 15) and (R1, 5) were the same bytes.
    const unsigned = payment(15n);
    const payload = signingPayload(network.chainId, unsigned);
    for (const change of [{ amount: 5n }, { fee: 15n }, { nonce: 1n }, { memo: '1' }, { recipient: alice.publicKey }]) {
      const other = signingPayload(network.chainId, { ...unsigned, ...change });
      assert.notDeepEqual(other, payload);
      assert.equal(verifySignature(alice.publicKey, other, unsigned.signature), false);
    }
    assert.equal(verifySignature(alice.publicKey, payload, unsigned.signature), true);
  });

  it('#6 no chain id in the signature: one made for another chain is refused', async () => {
    const node = await startTestNode({ network });
    const elsewhere = testNetwork({ name: 'elsewhere' });
    const foreign = transfer({ network: elsewhere, from: alice, to: bob, amount: 3n, nonce: 0 });
    assert.equal((await add(node, foreign)).code, 'INVALID_SIGNATURE');
    assert.equal((await add(node, payment(3n))).__typename, 'TransactionAccepted');
  });

  it('#4 #6 a signature for another amount, recipient, fee, nonce or memo is refused', async () => {
    const node = await startTestNode({ network });
    const signed = payment(3n);
    for (const change of [
      { amount: '4' },
      { recipient: addressOf(network, testAccount(2)) },
      { fee: '1' },
      { nonce: '1' },
      { memo: 'x' },
      { sender: addressOf(network, testAccount(2)) },
    ]) {
      assert.equal((await add(node, signed, change)).code, 'INVALID_SIGNATURE', JSON.stringify(change));
    }
    assert.equal((await add(node, signed)).__typename, 'TransactionAccepted');
  });

  it('#24 RSA-1024: keys and signatures are Ed25519, and a forgery by the all-zero key is refused', async () => {
    const node = await startTestNode({ network });
    const zero = { publicKey: new Uint8Array(32), seed: new Uint8Array(32) };
    const unsigned = { ...payment(1n), sender: zero.publicKey };
    const forged = createTransaction(network.chainId, unsigned, new Uint8Array(64));
    assert.equal((await add(node, forged)).code, 'INVALID_SIGNATURE');
    assert.equal(sign(signingPayload(network.chainId, payment(1n)), alice).length, 64);
  });

  it('#33 funds are checked for the wrong account, or not at all: the sender’s own count', async () => {
    const node = await startTestNode({ network });
    const empty = testAccount(50);
    const unfunded = transfer({ network, from: empty, to: bob, amount: 1n, nonce: 0 });
    assert.equal((await add(node, unfunded)).code, 'INSUFFICIENT_FUNDS');
    assert.equal((await add(node, payment(STARTING_BALANCE))).__typename, 'TransactionAccepted');
    assert.equal((await add(node, payment(1n, 1))).code, 'INSUFFICIENT_FUNDS');
  });

  it('#34 nothing can be followed: a transaction has an id, a status and a block', async () => {
    const node = await startTestNode({ network });
    const { transaction } = await add(node, payment(3n));
    const status = async () =>
      (
        await node.ask<{ transaction: { status: { __typename: string; confirmations?: number } } }>(STATUS, {
          id: transaction!.id,
        })
      ).transaction.status;
    assert.equal((await status()).__typename, 'TransactionPending');
    await node.admin(MINE, { count: 2 });
    const after = await status();
    assert.deepEqual([after.__typename, after.confirmations], ['TransactionConfirmed', 2]);
  });
});
