/** Base units in a coin. */
export const COIN = 100_000_000n;
/** Largest amount + fee, and more than any supply: 2^63 - 1 base units. */
export const MAX_AMOUNT = (1n << 63n) - 1n;

/** Coins of an amount in base units, with as many places as it needs. */
export function formatCoins(baseUnits: bigint): string {
  if (baseUnits < 0n) return `-${formatCoins(-baseUnits)}`;
  const fraction = (baseUnits % COIN).toString().padStart(8, '0').replace(/0+$/, '');
  return `${baseUnits / COIN}${fraction === '' ? '' : `.${fraction}`}`;
}

/** An amount as people pay it and as programs send it: `1.5 coins (150000000 base units)`. */
export function describeAmount(baseUnits: bigint): string {
  return `${formatCoins(baseUnits)} coins (${baseUnits} base units)`;
}

/** Base units of an amount in coins: decimal with up to 8 places, at most 2^63 - 1 base units. Throws RangeError. */
export function parseCoins(text: string): bigint {
  const match = /^(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,8}))?$/.exec(text);
  if (!match)
    throw new RangeError(`expected coins with at most 8 decimal places, such as 1.5, got ${JSON.stringify(text)}`);
  const baseUnits = BigInt(match[1]!) * COIN + BigInt((match[2] ?? '').padEnd(8, '0'));
  if (baseUnits > MAX_AMOUNT) throw new RangeError(`expected at most ${formatCoins(MAX_AMOUNT)} coins, got ${text}`);
  return baseUnits;
}
