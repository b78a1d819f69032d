import { COIN } from '../../src/client/client.js';

/** Coins of an amount in base units, in two parts: whole coins in groups of three with the places that say something, and the zeros after. */
export function coinParts(baseUnits: bigint): { readonly significant: string; readonly zeros: string } {
  const sign = baseUnits < 0n ? '−' : '';
  const magnitude = baseUnits < 0n ? -baseUnits : baseUnits;
  const whole = (magnitude / COIN).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  const places = (magnitude % COIN).toString().padStart(8, '0');
  const significant = places.replace(/0+$/, '');
  const zeros = places.slice(significant.length);
  return significant === ''
    ? { significant: `${sign}${whole}`, zeros: `.${zeros}` }
    : { significant: `${sign}${whole}.${significant}`, zeros };
}

/** A number of coins to draw with: never to be shown, since it may be rounded. */
export function coinsToDraw(baseUnits: bigint): number {
  return Number(baseUnits) / Number(COIN);
}
