import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { developmentNetwork, type Network } from '../../src/consensus/network.js';
import { Pulse } from '../../src/node/pulse.js';
import { mineBlocks, testNetwork } from '../support/blocks.js';
import { testChain } from '../support/chain.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { ManualClock } from '../support/manualClock.js';

const MINUTE = 60_000;

/** The pulse of a chain of `count` blocks, 10 s apart unless said, at the moment of its tip. */
async function pulseOf(count: number, options: { network?: Network; isExpecting?: boolean; everyMs?: number } = {}) {
  const { network = testNetwork(), isExpecting = false, everyMs = network.blockIntervalMs } = options;
  const { chain, add } = testChain(network);
  let parent = network.genesis.header;
  for (let index = 0; index < count; index++) {
    const [block] = mineBlocks(1, { network, parent, timestamp: parent.timestamp + everyMs });
    await add(block!);
    parent = block!.header;
  }
  const clock = new ManualClock(parent.timestamp);
  const lines: LogLine[] = [];
  const pulse = new Pulse({ network }, { chain, isExpecting: () => isExpecting, clock, log: silentLogger(lines) });
  return { pulse, chain, clock, lines, tip: parent };
}

describe('a chain that stands still', () => {
  it('is one for 15 intervals without a block, and warns once; the next block ends it', async () => {
    const { pulse, clock, lines, tip } = await pulseOf(20);
    clock.advance(150_000 - 1);
    pulse.tick();
    assert.deepEqual(pulse.read(), { lastBlockAt: tip.timestamp, secondsSinceBlock: 149, standstill: false });
    clock.advance(1);
    pulse.tick();
    pulse.tick();
    assert.equal(pulse.read().standstill, true);
    assert.deepEqual(
      lines.map(({ msg, height, secondsSinceBlock, expectedSeconds }) => [
        msg,
        height,
        secondsSinceBlock,
        expectedSeconds,
      ]),
      [['the chain stands still: no block for long', 20, 150, 10]],
    );
    clock.advance(MINUTE);
    pulse.beat();
    assert.deepEqual(pulse.read(), { lastBlockAt: clock.now(), secondsSinceBlock: 0, standstill: false });
    assert.equal(lines.at(-1)?.msg, 'the chain goes on');
    assert.equal(lines.at(-1)?.['secondsWithoutBlock'], 210);
  });

  it('takes longer where blocks took longer lately', async () => {
    const { pulse, clock } = await pulseOf(20, { everyMs: 2 * MINUTE });
    clock.advance(30 * MINUTE - 1);
    assert.equal(pulse.read().standstill, false);
    clock.advance(1);
    assert.equal(pulse.read().standstill, true);
  });

  it('is known after a restart, by the timestamp of the tip', async () => {
    const { pulse } = await pulseOf(20);
    assert.equal(pulse.read().standstill, false);
    const { chain, add } = testChain();
    for (const block of mineBlocks(3, { network: testNetwork(), parent: testNetwork().genesis.header }))
      await add(block);
    const clock = new ManualClock(chain.tip().timestamp + 60 * MINUTE);
    const later = new Pulse(
      { network: testNetwork() },
      { chain, isExpecting: () => true, clock, log: silentLogger([]) },
    );
    assert.deepEqual([later.read().secondsSinceBlock, later.read().standstill], [3_600, true]);
  });

  it('since before a start is a warning only when blocks had a minute to come', async () => {
    const { chain, clock, tip } = await pulseOf(20);
    clock.advance(60 * MINUTE);
    const lines: LogLine[] = [];
    const modules = { chain, isExpecting: () => true, clock, log: silentLogger(lines) };
    const pulse = new Pulse({ network: testNetwork() }, modules);
    clock.advance(MINUTE - 1);
    pulse.tick();
    assert.deepEqual([pulse.read().standstill, lines.length], [true, 0]);
    clock.advance(1);
    pulse.tick();
    assert.deepEqual([lines.length, lines[0]?.['height'], lines[0]?.['secondsSinceBlock']], [1, tip.height, 3_660]);
  });

  it('is not a chain that never began, nor an effect of a clock that was set', async () => {
    const fresh = await pulseOf(0, { isExpecting: true });
    fresh.clock.advance(24 * 60 * MINUTE);
    assert.equal(fresh.pulse.read().standstill, false);
    const { pulse, clock } = await pulseOf(20);
    clock.step(24 * 60 * MINUTE);
    assert.equal(pulse.read().standstill, false);
  });

  it('on the development network is one only where somebody is expected to mine, and after a minute', async () => {
    const network = developmentNetwork();
    const alone = await pulseOf(1, { network });
    alone.clock.advance(60 * MINUTE);
    assert.equal(alone.pulse.read().standstill, false);
    const expecting = await pulseOf(1, { network, isExpecting: true });
    expecting.clock.advance(MINUTE - 1);
    assert.equal(expecting.pulse.read().standstill, false);
    expecting.clock.advance(1);
    assert.equal(expecting.pulse.read().standstill, true);
  });
});
