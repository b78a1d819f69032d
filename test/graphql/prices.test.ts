import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fullChain, measurePrices, partedPrices, toldPrices } from '../../bench/prices.js';

describe('prices', () => {
  it('threat false-price: of all fields are the time that they take on full blocks, within three times', async (test) => {
    const chain = await fullChain(1);
    test.after(() => chain.close());
    const measured = await measurePrices(chain, 60);
    assert.deepEqual(
      partedPrices(measured).map(({ name }) => name),
      [],
      toldPrices(measured),
    );
  });
});
