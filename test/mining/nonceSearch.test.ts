import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { blockHash } from '../../src/consensus/block.js';
import { fromHex, toBigInt } from '../../src/crypto/bytes.js';
import { searchNonce } from '../../src/mining/nonceWorker.js';

const bytes = (value: bigint) => fromHex(value.toString(16).padStart(64, '0'));
const forever = () => false;
const seal = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** The search by its definition, with the hash that every node computes. */
function firstNonce(seal: Uint8Array, target: bigint, start: bigint): bigint {
  let nonce = start;
  while (toBigInt(blockHash(seal, nonce)) > target) nonce = BigInt.asUintN(64, nonce + 1n);
  return nonce;
}

describe('the nonce search', () => {
  it('finds the first nonce from its start whose block hash meets the target', () => {
    const target = 2n ** 249n;
    fc.assert(
      fc.property(seal, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (seal, start) => {
        assert.equal(searchNonce(seal, bytes(target), start, forever), firstNonce(seal, target, start));
      }),
    );
  });

  it('carries into the upper half of the nonce, and goes on at 0 after the largest', () => {
    const target = 2n ** 248n;
    fc.assert(
      fc.property(
        seal,
        fc.constantFrom(2n ** 32n, 5n * 2n ** 32n, 2n ** 64n),
        fc.bigInt(1n, 9n),
        (seal, edge, before) => {
          const start = edge - before;
          assert.equal(searchNonce(seal, bytes(target), start, forever), firstNonce(seal, target, start));
        },
      ),
    );
  });

  it('takes a hash equal to the target, and goes on past one that is a unit above', () => {
    fc.assert(
      fc.property(seal, (seal) => {
        const hash = toBigInt(blockHash(seal, 5n));
        assert.equal(searchNonce(seal, bytes(hash), 5n, forever), 5n);
        // A hash that large is met soon after.
        if (hash > 2n ** 250n) assert.notEqual(searchNonce(seal, bytes(hash - 1n), 5n, forever), 5n);
      }),
    );
  });

  it('reads a seal that does not begin with its buffer', () => {
    const buffer = new Uint8Array(40).fill(3);
    const view = buffer.subarray(8);
    assert.equal(searchNonce(view, bytes(2n ** 249n), 0n, forever), firstNonce(view, 2n ** 249n, 0n));
  });

  it('ends on request, before the first try or between two stretches', () => {
    const none = bytes(0n);
    assert.equal(
      searchNonce(new Uint8Array(32), bytes(2n ** 256n - 1n), 0n, () => true),
      undefined,
    );
    let asked = 0;
    assert.equal(
      searchNonce(new Uint8Array(32), none, 0n, () => ++asked > 2),
      undefined,
    );
    assert.equal(asked, 3);
  });
});
