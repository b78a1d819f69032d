import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { fullChain, measurePrices } from '../../bench/prices.js';
import { testServices } from './testServices.js';

/** By how much a price and the time may part. */
const MOST = 3;

describe('prices', () => {
  it('threat false-price: are the time that fields take on full blocks, within three times', async () => {
    const chain = await fullChain(1);
    after(() => chain.close());
    const { services } = testServices({}, chain.network);
    const measured = await measurePrices(chain, services, 5);
    // The machine's own speed: the middle of all.
    const ratios = measured.map(({ price, microseconds }) => microseconds / price).sort((a, b) => a - b);
    const speed = ratios[Math.floor(ratios.length / 2)]!;
    const apart = measured.filter(({ price, microseconds }) => {
      const ratio = microseconds / price / speed;
      return ratio > MOST || ratio < 1 / MOST;
    });
    const told = measured.map(({ name, price, microseconds }) => {
      return `${(microseconds / price / speed).toFixed(2).padStart(6)} ${name}: price ${price}, ${Math.round(microseconds)} µs`;
    });
    assert.deepEqual(apart, [], `speed ${speed.toFixed(2)}\n${told.join('\n')}`);
  });
});
