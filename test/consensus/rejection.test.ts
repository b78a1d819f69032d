import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  describeRejection,
  REJECTION_CODES,
  type Rejection,
  type RejectionCode,
} from '../../src/consensus/rejection.js';

/** One of each, and words that its sentence must contain. */
const EXAMPLES: {
  readonly [Code in RejectionCode]: readonly [Omit<Extract<Rejection, { code: Code }>, 'code'>, ...RegExp[]];
} = {
  MALFORMED: [{ field: 'memo', expected: 'at most 64 bytes', got: '65' }, /^memo: expected at most 64 bytes, got 65$/],
  INVALID_AMOUNT: [
    { amount: 0n, fee: 7n },
    /expected .*got amount 0 coins \(0 base units\) and fee 0\.00000007 coins \(7 base units\)/,
  ],
  INVALID_SIGNATURE: [{ fault: 'equation' }, /expected an Ed25519 signature of the payload/],
  INVALID_PROOF_OF_WORK: [{ hash: 'ab'.repeat(32), target: 0x1d00ffff }, /0x1d00ffff/, /got (ab){32}/],
  INVALID_TARGET: [{ expected: 0x1d00ffff, got: 0x7f }, /expected the target 0x1d00ffff, got 0x0000007f/],
  INVALID_TRANSACTIONS_ROOT: [{ expected: 'aa of 1', got: 'bb of 2' }, /aa of 1/, /got bb of 2/],
  INVALID_TRANSACTION: [
    { index: 3, cause: { code: 'INSUFFICIENT_FUNDS', available: 1n, required: 2n } },
    /transaction 3/,
    /INSUFFICIENT_FUNDS: expected at least 0\.00000002 coins \(2 base units\) available, got 0\.00000001 coins/,
  ],
  INVALID_PARENT: [{ parent: 'cd' }, /expected a valid parent, got cd/],
  BLOCK_TOO_LARGE: [{ maximum: 10, got: 11 }, /expected .*10 bytes, got 11/],
  WRONG_CHAIN: [{ expected: 'aa', got: 'bb' }, /expected chain aa, got bb/],
  NONCE_TOO_LOW: [{ expected: 5n, got: 4n }, /expected nonce 5 or above, got 4/],
  NONCE_TOO_HIGH: [{ maximum: 5n, got: 6n }, /expected a nonce up to 5, got 6/],
  NONCE_CONFLICT: [
    { nonce: 5n, minimumFee: 11n, pending: 'ab'.repeat(32) },
    /transaction (ab){32} has nonce 5/,
    /expected the next nonce, or .* `replaces` and a fee of at least 0\.00000011 coins \(11 base units\)/,
  ],
  NOTHING_TO_REPLACE: [
    { replaces: 'ab'.repeat(32), nonce: 5n },
    /expected a pending transaction (ab){32} of this sender with nonce 5 to replace, got none/,
  ],
  INSUFFICIENT_FUNDS: [
    { available: 250_050_000_000n, required: 9_999_900_000_000n },
    /^expected at least 99999 coins \(9999900000000 base units\) available, got 2500\.5 coins \(250050000000 base units\)$/,
  ],
  FEE_TOO_LOW: [
    { minimum: 2n, got: 1n },
    /at least 0\.00000002 coins \(2 base units\), got 0\.00000001 coins \(1 base units\)/,
  ],
  MEMPOOL_FULL: [{ minimumFee: 9n }, /at least 0\.00000009 coins \(9 base units\)/],
  SENDER_LIMIT: [{ maximum: 64 }, /at most 64/],
  HELD_BACK_LIMIT: [{ missingNonce: 3n, got: 5n }, /nonce 3 first, got 5/],
  EXPIRED: [{ maximumAgeMs: 1_000 }, /within 1000 ms/],
  INVALID_TIMESTAMP: [{ after: 1, notAfter: 9, got: 10 }, /above 1 and up to 9, got 10/],
  UNKNOWN_PARENT: [{ parent: 'ef' }, /parent ef/],
  LOW_WORK: [{ least: 50n, work: 9n, lowest: 3, height: 2 }, /height 3 .* work 50, got height 2 and work 9/],
  TOO_MANY_SIBLINGS: [{ maximum: 4, parent: 'ab' }, /at most 4 .* parent ab/],
  WALLET_UNAVAILABLE: [{}, /no wallet/],
  WALLET_LOCKED: [{ wrongPassphrase: false }, /locked: expected unlockWallet/],
  WALLET_EXISTS: [{}, /never overwritten/],
  REQUEST_KEY_USED: [{ txid: 'ab' }, /stands for the transfer ab: expected the same/],
  STORAGE_FULL: [{}, /disk is full/],
  CANCELLED: [{ reason: 'the node is stopping' }, /^the node is stopping$/],
};

describe('a rejection', () => {
  it('has a code of the list, and every code of the list is one', () => {
    assert.deepEqual([...REJECTION_CODES].sort(), Object.keys(EXAMPLES).sort());
  });

  for (const code of REJECTION_CODES) {
    it(`${code} says in one sentence what was expected and what came`, () => {
      const [payload, ...parts] = EXAMPLES[code];
      const sentence = describeRejection({ code, ...payload } as Rejection);
      for (const part of parts) assert.match(sentence, part);
    });
  }

  it('WALLET_LOCKED distinguishes a wrong passphrase from a missing one, INVALID_SIGNATURE each fault from the others', () => {
    const wallet = [true, false].map((wrongPassphrase) =>
      describeRejection({ code: 'WALLET_LOCKED', wrongPassphrase }),
    );
    assert.notEqual(wallet[0], wallet[1]);
    const faults = ['length', 'scalar', 'non-canonical', 'small-order', 'equation'] as const;
    assert.equal(new Set(faults.map((fault) => describeRejection({ code: 'INVALID_SIGNATURE', fault }))).size, 5);
  });
});
