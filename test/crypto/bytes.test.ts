import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareBytes, concatBytes, equalBytes, fromHex, toBigInt, toHex } from '../../src/crypto/bytes.js';

describe('hexadecimal text', () => {
  it('is lower case, two digits a byte, and comes back as the same bytes', () => {
    assert.equal(toHex(Uint8Array.of(0, 1, 0xab, 0xff)), '0001abff');
    assert.deepEqual(fromHex('0001ABff'), Uint8Array.of(0, 1, 0xab, 0xff));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(fromHex(toHex(bytes)), bytes)));
  });

  it('of an odd length or with another character is refused, and the error shows it', () => {
    assert.deepEqual(fromHex('abcd'), Uint8Array.of(0xab, 0xcd));
    for (const text of ['abc', 'abcg', '0x12', 'ab cd', '١٢']) {
      assert.throws(() => fromHex(text), { name: 'RangeError', message: new RegExp(`got ${JSON.stringify(text)}`) });
    }
  });
});

describe('bytes', () => {
  it('are ordered as memcmp orders them, a prefix first', () => {
    const sorted = ['', '00', '00ff', '01', '7f', '80', 'ff'].map(fromHex);
    for (const [i, a] of sorted.entries()) {
      for (const [j, b] of sorted.entries()) {
        assert.equal(Math.sign(compareBytes(a, b)), Math.sign(i - j));
        assert.equal(equalBytes(a, b), i === j);
      }
    }
  });

  it('are joined in a new array', () => {
    const part = Uint8Array.of(1, 2);
    const whole = concatBytes(part, new Uint8Array(0), Uint8Array.of(3));
    part[0] = 9;
    assert.deepEqual(whole, Uint8Array.of(1, 2, 3));
    assert.deepEqual(concatBytes(), new Uint8Array(0));
  });

  it('are read as an unsigned big-endian number', () => {
    assert.equal(toBigInt(fromHex('')), 0n);
    assert.equal(toBigInt(fromHex('0100')), 256n);
    assert.equal(toBigInt(fromHex('ff'.repeat(32))), 2n ** 256n - 1n);
  });
});
