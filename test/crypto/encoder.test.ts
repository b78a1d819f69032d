import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Decoder, Encoder } from '../../src/crypto/encoder.js';
import { toHex } from '../../src/crypto/bytes.js';

describe('the encoder', () => {
  it('writes fixed-width big-endian fields, and the decoder reads them back', () => {
    const bytes = new Encoder(18)
      .u8(1)
      .u16(2)
      .u32(3)
      .u64(4n)
      .raw(Uint8Array.of(5, 6, 7))
      .finish();
    assert.equal(toHex(bytes), '0100020000000300000000000000040' + '50607');
    const decoder = new Decoder(bytes);
    assert.deepEqual([decoder.u8(), decoder.u16(), decoder.u32(), decoder.u64()], [1, 2, 3, 4n]);
    assert.deepEqual(decoder.raw(3), Uint8Array.of(5, 6, 7));
    decoder.finish();
  });

  it('takes the largest number of each width and refuses one more: no two values share an encoding', () => {
    for (const [width, maximum] of [
      ['u8', 2 ** 8 - 1],
      ['u16', 2 ** 16 - 1],
      ['u32', 2 ** 32 - 1],
    ] as const) {
      assert.ok(new Encoder(8)[width](maximum));
      for (const wrong of [maximum + 1, -1, 0.5, Number.NaN]) {
        assert.throws(() => new Encoder(8)[width](wrong), { name: 'RangeError', message: /expected .*, got / });
      }
    }
    assert.ok(new Encoder(8).u64(2n ** 64n - 1n));
    for (const wrong of [2n ** 64n, -1n]) {
      assert.throws(() => new Encoder(8).u64(wrong), { name: 'RangeError', message: /expected .*, got / });
    }
  });

  it('refuses bytes of another length than their field has', () => {
    assert.ok(new Encoder(32).raw(new Uint8Array(32), 32).finish());
    assert.throws(() => new Encoder(33).raw(new Uint8Array(33), 32), {
      name: 'RangeError',
      message: 'expected 32 bytes, got 33',
    });
  });

  it('refuses to finish short of the length announced, and to write past it', () => {
    assert.ok(new Encoder(2).u16(1).finish());
    assert.throws(() => new Encoder(3).u16(1).finish(), {
      name: 'RangeError',
      message: 'expected 3 bytes to be written, got 2',
    });
    assert.throws(() => new Encoder(1).u16(1), RangeError);
    assert.throws(() => new Encoder(1).raw(new Uint8Array(2)), RangeError);
  });
});

describe('the decoder', () => {
  it('refuses to read past the end, and to finish before it', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const decoder = new Decoder(bytes);
    assert.equal(decoder.u16(), 0x0102);
    assert.throws(() => decoder.u16(), { name: 'RangeError', message: 'expected 2 more bytes, got 1' });
    assert.throws(() => decoder.finish(), { name: 'RangeError', message: /got 1 more bytes/ });
    assert.equal(decoder.u8(), 3);
    decoder.finish();
  });

  it('reads a view that does not begin with its buffer, and gives bytes that outlive it', () => {
    const buffer = Uint8Array.of(9, 9, 1, 2, 3, 9);
    const decoder = new Decoder(buffer.subarray(2, 5));
    assert.equal(decoder.u8(), 1);
    const read = decoder.raw(2);
    buffer.fill(0);
    assert.deepEqual(read, Uint8Array.of(2, 3));
    assert.equal(decoder.remaining, 0);
  });
});
