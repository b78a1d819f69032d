import { COIN } from '../consensus/network.js';

/** Base units of an amount in coins: decimal with up to 8 places, read digit by digit. Throws RangeError. */
export function parseCoins(text: string): bigint {
  const match = /^(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,8}))?$/.exec(text);
  if (!match)
    throw new RangeError(`expected coins with at most 8 decimal places, such as 1.5, got ${JSON.stringify(text)}`);
  return BigInt(match[1]!) * COIN + BigInt((match[2] ?? '').padEnd(8, '0'));
}

/** Coins of an amount in base units, with as many places as it needs. */
export function formatCoins(baseUnits: bigint): string {
  const fraction = (baseUnits % COIN).toString().padStart(8, '0').replace(/0+$/, '');
  return `${baseUnits / COIN}${fraction === '' ? '' : `.${fraction}`}`;
}
