import { COIN } from '../../src/client/client.js';

/** Coins of an amount in base units: whole coins in groups of three digits, without zeros at the end. */
export function groupedCoins(baseUnits: bigint): string {
  const sign = baseUnits < 0n ? '−' : '';
  const magnitude = baseUnits < 0n ? -baseUnits : baseUnits;
  const whole = (magnitude / COIN).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  const places = (magnitude % COIN).toString().padStart(8, '0').replace(/0+$/, '');
  return `${sign}${whole}${places && `.${places}`}`;
}

/** A number of coins for drawing only: do not show it, since it may be rounded. */
export function coinsToDraw(baseUnits: bigint): number {
  return Number(baseUnits) / Number(COIN);
}
