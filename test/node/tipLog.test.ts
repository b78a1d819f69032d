import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import { TipLog } from '../../src/node/tipLog.js';
import { mineBlock, mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { testChain } from '../support/chain.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { ManualClock } from '../support/manualClock.js';

const network = testNetwork();
const genesis = network.genesis.header;
const payment = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 });
const settled = transfer({ network, from: testAccount(2), to: testAccount(1), amount: 1n, nonce: 0 });

/** A log of a chain; while `state.isDownloading`, as a download would be under way. */
function logged() {
  const lines: LogLine[] = [];
  const { chain, add } = testChain(network);
  const clock = new ManualClock();
  const state = { isDownloading: false };
  const tipLog = new TipLog({ chain, clock, log: silentLogger(lines) });
  chain.tipChanged.on((change) => tipLog.changed(change, state.isDownloading));
  return { lines, add, clock, state, tipLog };
}

describe('the log of the best chain', () => {
  for (const isDownloading of [false, true]) {
    it(`tells of a deep reorganization ${isDownloading ? 'that a sync brings' : 'by push'}, and whose block is lost`, async () => {
      const { lines, add, state, tipLog } = logged();
      // genesis ─ a1 (payment, settled) ─ a2
      //        └─ b1 (settled) ─ b2 ─ b3 ─ b4
      const a1 = mineBlock({ network, parent: genesis, transactions: [payment, settled] });
      const [a2] = mineBlocks(1, { network, parent: a1.header });
      const b1 = mineBlock({ network, parent: genesis, transactions: [settled], miner: testAccount(7) });
      const branch = [b1, ...mineBlocks(3, { network, parent: b1.header })];
      for (const block of [a1, a2!]) await add(block);
      state.isDownloading = isDownloading;
      for (const block of branch) await add(block);
      tipLog.flush();
      const told = lines.filter(({ msg }) => msg === 'best chain reorganized');
      assert.equal(told.length, 1);
      const { disconnected, forkHeight, oldTip, withoutBlock, first, level } = told[0]! as LogLine & { level: number };
      assert.deepEqual([disconnected, forkHeight, withoutBlock, level], [2, 0, 1, 40]);
      assert.deepEqual(oldTip, { height: 2, hash: toHex(a2!.header.hash) });
      assert.deepEqual(first, [toHex(payment.id)]);
      const connected = isDownloading ? 4 : 3;
      assert.equal(told[0]!['connected'], connected);
      assert.deepEqual(told[0]!['newTip'], {
        height: connected,
        hash: toHex(branch[connected - 1]!.header.hash),
      });
    });
  }

  it('names blocks with transactions, and counts empty ones once a minute', async () => {
    const { lines, add, clock, tipLog } = logged();
    const block = mineBlock({ network, parent: genesis, transactions: [payment] });
    await add(block);
    for (const empty of mineBlocks(5, { network, parent: block.header })) await add(empty);
    tipLog.tick();
    clock.advance(60_000);
    tipLog.tick();
    tipLog.tick();
    const told = lines.filter(({ level }) => Number(level) >= 30);
    assert.deepEqual(
      told.map(({ msg, height, blocks }) => [msg, height, blocks]),
      [
        ['new tip', 1, undefined],
        ['empty blocks', 6, 5],
      ],
    );
  });
});
