import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../src/crypto/bytes.js';
import { sha256 } from '../../src/crypto/hash.js';

const expected = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

describe('sha256', () => {
  it('gives the digests of FIPS 180-4', () => {
    const digest = (text: string) => toHex(sha256(new TextEncoder().encode(text)));
    assert.equal(digest(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    assert.equal(digest('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(
      digest('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    );
  });

  it('agrees with node:crypto at every length around the ends of blocks', () => {
    for (let length = 0; length <= 260; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 0xff);
      assert.equal(toHex(sha256(bytes)), expected(bytes), `${length} bytes`);
    }
  });

  it('agrees with node:crypto on any bytes, also those in the middle of a buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.nat(7), (bytes, skipped) => {
        assert.equal(toHex(sha256(bytes)), expected(bytes));
        assert.equal(toHex(sha256(bytes.subarray(skipped))), expected(bytes.subarray(skipped)));
      }),
    );
  });

  it('refuses input that is too long for one word of length', () => {
    assert.throws(
      () => sha256(new Uint8Array(2 ** 29)),
      /^RangeError: expected less than 512 MiB, got 536870912 bytes$/,
    );
  });
});
