import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatCoins, parseCoins, MAX_AMOUNT } from '../../src/consensus/coins.js';

describe('coins as text', () => {
  it('are read back to the unit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_AMOUNT }), (baseUnits) => {
        assert.equal(parseCoins(formatCoins(baseUnits)), baseUnits);
      }),
    );
  });

  it('are written in one way only: no zero that says nothing', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_AMOUNT }), (baseUnits) => {
        assert.match(formatCoins(baseUnits), /^(0|[1-9][0-9]*)(\.[0-9]{0,7}[1-9])?$/);
      }),
    );
  });

  it('are digits and places, not floating point', () => {
    for (const [text, baseUnits] of [
      ['0', 0n],
      ['0.00000001', 1n],
      ['0.1', 10_000_000n],
      ['1.50', 150_000_000n],
      ['1.00000000', 100_000_000n],
      ['90071992.54740993', 2n ** 53n + 1n],
      ['92233720368.54775807', MAX_AMOUNT],
    ] as const) {
      assert.equal(parseCoins(text), baseUnits, text);
    }
  });

  it('are refused in any other spelling, with expected and got', () => {
    const wrong = [
      '',
      ' ',
      '1 ',
      '-1',
      '+1',
      '01',
      '00',
      '.5',
      '1.',
      '1.5e3',
      '1e3',
      '0x1',
      '1,5',
      '1_000',
      'NaN',
      '١',
    ];
    for (const text of [...wrong, '1.123456789', '1234567890123', 'Infinity', '1\n']) {
      const message = `expected coins with at most 8 decimal places, such as 1.5, got ${JSON.stringify(text)}`;
      assert.throws(() => parseCoins(text), { name: 'RangeError', message });
    }
  });

  it('are refused above the largest amount of a transaction', () => {
    for (const text of ['92233720368.54775808', '92233720369', '999999999999.99999999']) {
      const message = `expected at most 92233720368.54775807 coins, got ${text}`;
      assert.throws(() => parseCoins(text), { name: 'RangeError', message });
    }
  });
});
