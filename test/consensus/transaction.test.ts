import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { equalBytes, toHex } from '../../src/crypto/bytes.js';
import {
  createTransaction,
  decodeTransaction,
  checkTransactionForm,
  signingPayload,
  checkTransactionAlone,
  type Transaction,
} from '../../src/consensus/transaction.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';

const network = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];
const good = transfer({ network, from: alice, to: bob, amount: 5n, fee: 2n, nonce: 0, memo: 'rent' });
const MAX_U64 = 2n ** 64n - 1n;
const MAX_AMOUNT = 2n ** 63n - 1n;

describe('MALFORMED', () => {
  const refused = (change: Partial<Transaction>, field: string, expected: RegExp, got: RegExp) => {
    const fault = checkTransactionForm({ ...good, ...change });
    assert.ok(fault?.code === 'MALFORMED', field);
    assert.equal(fault.field, field);
    assert.match(fault.expected, expected);
    assert.match(fault.got, got);
  };

  it('nothing is said against the transaction itself', () => {
    assert.equal(checkTransactionForm(good), undefined);
  });

  it('a key or a signature of another length', () => {
    for (const length of [0, 31, 33]) {
      for (const field of ['sender', 'recipient'] as const) {
        refused({ [field]: new Uint8Array(length) }, field, /32 bytes/, new RegExp(`${length} bytes`));
      }
    }
    for (const length of [0, 63, 65])
      refused({ signature: new Uint8Array(length) }, 'signature', /64 bytes/, new RegExp(`${length} bytes`));
  });

  it('a memo of more than 64 bytes, counted in UTF-8', () => {
    for (const memo of ['x'.repeat(64), '水'.repeat(21), '🌊'.repeat(16)]) {
      assert.equal(checkTransactionForm({ ...good, memo }), undefined);
    }
    refused({ memo: 'x'.repeat(65) }, 'memo', /at most 64 bytes/, /^65$/);
    refused({ memo: '水'.repeat(22) }, 'memo', /at most 64 bytes/, /^66$/);
  });

  it('a memo that UTF-8 cannot write: two nodes would replace it by two things', () => {
    for (const memo of ['\ud800', 'a\udc00', '\udf0a\ud83c']) refused({ memo }, 'memo', /well-formed/, /surrogate/);
    assert.equal(checkTransactionForm({ ...good, memo: '\ud83c\udf0a' }), undefined);
  });

  it('a nonce that is not an unsigned 64-bit number', () => {
    assert.equal(checkTransactionForm({ ...good, nonce: MAX_U64 }), undefined);
    for (const nonce of [-1n, MAX_U64 + 1n]) refused({ nonce }, 'nonce', /64-bit/, new RegExp(`^${nonce}$`));
  });
});

describe('INVALID_AMOUNT', () => {
  it('an amount or a fee that 64 bits do not hold, before anything is hashed', () => {
    for (const [amount, fee] of [
      [-5n, 0n],
      [MAX_U64 + 1n, 0n],
      [1n, -1n],
      [1n, MAX_U64 + 1n],
    ] as const) {
      assert.deepEqual(checkTransactionForm({ ...good, amount, fee }), { code: 'INVALID_AMOUNT', amount, fee });
    }
  });

  it('amount below 1, or amount + fee of 2^63 and above', () => {
    const fault = (amount: bigint, fee: bigint) => checkTransactionAlone({ ...good, amount, fee });
    for (const [amount, fee] of [
      [1n, 0n],
      [MAX_AMOUNT, 0n],
      [1n, MAX_AMOUNT - 1n],
    ] as const) {
      assert.equal(fault(amount, fee), undefined);
    }
    for (const [amount, fee] of [
      [0n, 0n],
      [0n, 5n],
      [-1n, 2n],
      [2n, -1n],
      [MAX_AMOUNT, 1n],
      [MAX_AMOUNT + 1n, 0n],
      [1n, MAX_AMOUNT],
      [MAX_U64, MAX_U64],
    ] as const) {
      assert.deepEqual(fault(amount, fee), { code: 'INVALID_AMOUNT', amount, fee });
    }
  });
});

describe('INVALID_SIGNATURE', () => {
  it('names the part of the rule that is broken', () => {
    assert.equal(checkTransactionAlone(good), undefined);
    for (const [signature, fault] of [
      [new Uint8Array(63), 'length'],
      [new Uint8Array(64).fill(0xff), 'scalar'],
      [good.signature.with(31, 0xff).fill(0xff, 0, 31), 'non-canonical'],
      [new Uint8Array(64), 'small-order'],
    ] as const) {
      assert.deepEqual(checkTransactionAlone({ ...good, signature }), { code: 'INVALID_SIGNATURE', fault });
    }
    assert.deepEqual(checkTransactionAlone({ ...good, sender: new Uint8Array(32) }), {
      code: 'INVALID_SIGNATURE',
      fault: 'small-order',
    });
  });
});

describe('a transaction', () => {
  it('has an id that covers every signed field and the chain, and a leaf that also covers the signature', () => {
    const other = testNetwork({ name: 'elsewhere' });
    const changes: Partial<Transaction>[] = [
      { sender: bob.publicKey },
      { recipient: alice.publicKey },
      { amount: 6n },
      { fee: 3n },
      { nonce: 1n },
      { memo: 'rent ' },
    ];
    const ids = changes.map((change) => createTransaction(network.chainId, { ...good, ...change }, good.signature).id);
    ids.push(createTransaction(other.chainId, good, good.signature).id, good.id);
    assert.equal(new Set(ids.map(toHex)).size, changes.length + 2);

    const resigned = createTransaction(network.chainId, good, good.signature.with(63, 0));
    assert.ok(equalBytes(resigned.id, good.id));
    assert.ok(!equalBytes(resigned.leaf, good.leaf));
  });

  it('is not hashed with a field of another size: two transactions would share a payload', () => {
    const shifted = { sender: new Uint8Array(31), recipient: new Uint8Array(33) };
    assert.ok(signingPayload(network.chainId, good));
    assert.throws(() => signingPayload(network.chainId, { ...good, ...shifted }), /expected 32 bytes, got 31/);
    assert.throws(() => signingPayload(network.chainId.subarray(1), good), /expected 32 bytes, got 31/);
    assert.throws(() => signingPayload(network.chainId, { ...good, memo: 'x'.repeat(256) }), RangeError);
    assert.throws(() => signingPayload(network.chainId, { ...good, amount: -1n }), RangeError);
  });

  it('is not decoded from bytes that are too few, too many, or hold a memo that no sender can write', () => {
    const bytes = good.encoded;
    const memoAt = 32 + 32 + 8 + 8 + 8;
    assert.deepEqual(decodeTransaction(network.chainId, bytes), good);
    for (const wrong of [
      bytes.subarray(1),
      bytes.subarray(0, -1),
      Uint8Array.from([...bytes, 0]),
      bytes.with(memoAt, 3),
      bytes.with(memoAt, 5),
      bytes.with(memoAt + 1, 0xff),
    ]) {
      assert.throws(() => decodeTransaction(network.chainId, wrong), RangeError);
    }
    const long = Uint8Array.from([...bytes.subarray(0, memoAt), 65, ...new Uint8Array(65), ...good.signature]);
    assert.throws(() => decodeTransaction(network.chainId, long), /a memo of at most 64 bytes, got 65/);
  });
});
