import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TokenBuckets } from '../../src/util/tokenBuckets.js';

const RATES = { slow: { perSecond: 2, burst: 10 }, fast: { perSecond: 100, burst: 500 } };

function buckets() {
  const clock = { ms: 0 };
  return { clock, tokens: new TokenBuckets(RATES, { elapsed: () => clock.ms }) };
}

describe('token buckets', () => {
  it('are full at first, and fill up steadily to their burst and no further', () => {
    const { clock, tokens } = buckets();
    tokens.spend('slow', 6);
    assert.equal(tokens.left('slow'), 4);
    clock.ms += 1_500;
    assert.equal(tokens.left('slow'), 7);
    clock.ms += 3_600_000;
    assert.deepEqual([tokens.left('slow'), tokens.left('fast')], [10, 500]);
  });

  it('may be overspent, by a burst at most', () => {
    const { clock, tokens } = buckets();
    tokens.spend('slow', 12);
    assert.equal(tokens.left('slow'), -2);
    tokens.spend('slow', 1e9);
    assert.equal(tokens.left('slow'), -10);
    clock.ms += 5_000;
    assert.deepEqual([tokens.left('slow'), tokens.empty()], [0, 'slow']);
  });

  it('name the kind that takes longest to come back', () => {
    const { tokens } = buckets();
    tokens.spend('slow', 11);
    tokens.spend('fast', 700);
    assert.equal(tokens.empty(), 'fast');
    tokens.spend('slow', 9);
    assert.equal(tokens.empty(), 'slow');
  });

  it('say truly when something is left, and not a second later', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000 }), fc.nat(9_000), (spent, waited) => {
        const { clock, tokens } = buckets();
        tokens.spend('fast', spent);
        clock.ms += waited;
        const seconds = tokens.secondsUntil('fast');
        if (seconds === 0) return tokens.left('fast') > 0;
        clock.ms += (seconds - 1) * 1_000 - 1;
        const before = tokens.left('fast');
        clock.ms += 1_001;
        return before <= 0 && tokens.left('fast') > 0;
      }),
    );
  });

  it('lose nothing to a clock that stands still', () => {
    const { tokens } = buckets();
    for (let i = 0; i < 10; i++) tokens.spend('slow', 1);
    assert.deepEqual([tokens.left('slow'), tokens.secondsUntil('slow')], [0, 1]);
  });
});
