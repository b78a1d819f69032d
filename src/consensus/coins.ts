/** Base units in a coin. */
export const COIN = 100_000_000n;

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
