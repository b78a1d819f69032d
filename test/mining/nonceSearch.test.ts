import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { blockHash } from '../../src/consensus/block.js';
import { toBigInt } from '../../src/crypto/bytes.js';
import { searchNonce } from '../../src/mining/nonceSearch.js';

const bytes = (value: bigint) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));

describe('the nonce search', () => {
  it('finds the first nonce from its start whose block hash meets the target', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 2000n }),
        (seal, start) => {
          const target = 2n ** 249n;
          const found = searchNonce(seal, bytes(target), start, () => false)!;
          for (let nonce = start; nonce < found; nonce++) assert.ok(toBigInt(blockHash(seal, nonce)) > target);
          assert.ok(toBigInt(blockHash(seal, found)) <= target);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('takes a hash equal to the target, and not one above it', () => {
    const seal = new Uint8Array(32).fill(7);
    const exact = toBigInt(blockHash(seal, 5n));
    assert.equal(
      searchNonce(seal, bytes(exact), 5n, () => false),
      5n,
    );
    assert.notEqual(
      searchNonce(seal, bytes(2n ** 250n), 5n, () => false),
      undefined,
    );
  });

  it('carries over 32 bits and wraps at 2^64', () => {
    const seal = new Uint8Array(32).fill(9);
    const after = searchNonce(seal, bytes(2n ** 248n), 2n ** 64n - 1n, () => false)!;
    assert.ok(toBigInt(blockHash(seal, after)) <= 2n ** 248n);
    const across = searchNonce(seal, bytes(2n ** 248n), 2n ** 32n - 1n, () => false)!;
    assert.ok(across >= 2n ** 32n - 1n && toBigInt(blockHash(seal, across)) <= 2n ** 248n);
  });

  it('ends when it is told to', () => {
    let asked = 0;
    assert.equal(
      searchNonce(new Uint8Array(32), bytes(0n), 0n, () => ++asked > 2),
      undefined,
    );
    assert.equal(asked, 3);
  });
});
