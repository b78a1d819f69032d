import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromHex } from '../../src/crypto/bytes.js';
import { compactFromTarget, meetsTarget, requiredTarget, targetFromCompact, workOf } from '../../src/consensus/pow.js';

const hash = (value: bigint) => fromHex(value.toString(16).padStart(64, '0'));

describe('the compact form of a target', () => {
  it('is Bitcoin’s nBits', () => {
    for (const [compact, target] of [
      [0x1d00ffff, 0xffffn << 208n],
      [0x1b0404cb, 0x404cbn << 192n],
      [0x1e7fff00, 0x7fff00n << 216n],
      // The mantissa's top bit is a sign, so this one needs a zero byte before it.
      [0x1e00ff00, 0xff00n << 216n],
      [0x04123456, 0x12345600n],
      [0x03123456, 0x123456n],
      [0x02123400, 0x1234n],
      [0x01120000, 0x12n],
      [0x01010000, 1n],
      [0x02008000, 0x80n],
      [0x2100ffff, 0xffffn << 240n],
    ] as const) {
      assert.equal(targetFromCompact(compact), target, compact.toString(16));
      assert.equal(compactFromTarget(target), compact, compact.toString(16));
    }
  });

  it('rounds a target down, never up: no header gets more than the schedule gives', () => {
    for (const target of [0x12345678n, 2n ** 256n - 1n, (1n << 200n) + 1n, 0xffffffn]) {
      const rounded = requiredTarget(compactFromTarget(target));
      assert.ok(rounded <= target && rounded > target - (target >> 14n) - 1n, target.toString(16));
    }
  });

  it('that is negative, zero, too large, or not the only spelling of its value is invalid', () => {
    for (const [compact, why] of [
      [0x1d80ffff, 'negative'],
      [0x1d000000, 'zero'],
      [0, 'zero'],
      [0x01003456, 'zero after the shift'],
      [0x22000100, 'the way to write 2^256 = 0x01 · 256^32 and above'],
      [0x21010000, 'above 2^256'],
      [0xff123456, 'above 2^256'],
      [0x1d0000ff, 'not canonical'],
      [0x02123456, 'bits below one'],
      [0.5, 'not whole'],
      [-1, 'not unsigned'],
      [2 ** 32 + 0x1d00ffff, 'more than 32 bits'],
    ] as const) {
      assert.equal(targetFromCompact(compact), undefined, why);
    }
    assert.throws(() => requiredTarget(0), { name: 'RangeError', message: 'expected a compact target, got 0x0' });
  });
});

describe('the proof of work', () => {
  it('is met by a hash equal to the target and missed by one above', () => {
    const target = requiredTarget(0x1d00ffff);
    assert.ok(meetsTarget(hash(target), 0x1d00ffff));
    assert.ok(meetsTarget(hash(0n), 0x1d00ffff));
    assert.equal(meetsTarget(hash(target + 1n), 0x1d00ffff), false);
  });

  it('is met by no hash under an invalid target', () => {
    assert.equal(meetsTarget(hash(0n), 0), false);
  });
});

describe('the work of a block', () => {
  it('is the expected number of tries', () => {
    // Bitcoin's genesis.
    assert.equal(workOf(0x1d00ffff), 0x100010001n);
    assert.equal(workOf(0x207fffff), 2n);
    assert.equal(workOf(0x01010000), 2n ** 255n);
  });

  it('of an invalid target does not exist', () => {
    assert.throws(() => workOf(0x1d80ffff), RangeError);
  });
});
