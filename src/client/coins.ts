import { COIN, formatCoins } from '../consensus/coins.js';
import { MAX_AMOUNT } from '../consensus/transaction.js';

/** Base units of an amount in coins: decimal with up to 8 places, at most 2^63 - 1 base units. Throws RangeError. */
export function parseCoins(text: string): bigint {
  const match = /^(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,8}))?$/.exec(text);
  if (!match)
    throw new RangeError(`expected coins with at most 8 decimal places, such as 1.5, got ${JSON.stringify(text)}`);
  const baseUnits = BigInt(match[1]!) * COIN + BigInt((match[2] ?? '').padEnd(8, '0'));
  if (baseUnits > MAX_AMOUNT) throw new RangeError(`expected at most ${formatCoins(MAX_AMOUNT)} coins, got ${text}`);
  return baseUnits;
}

export { formatCoins };
