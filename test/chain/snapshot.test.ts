import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Chain } from '../../src/chain/chain.js';
import type { ChainReader } from '../../src/chain/chainStore.js';
import { mineBlock, mineBlocks, testAccount, testNetwork } from '../support/blocks.js';
import { openLmdbStore } from '../support/storeOpen.js';

const network = testNetwork();
const genesis = network.genesis.header;
const NOW = Date.UTC(2100, 0, 1);

it('a task on a snapshot reads one tip over its awaits, and the snapshot is freed when the task ends, also by failing', async () => {
  // genesis ── a1
  //        └── b1 ── b2
  const store = await openLmdbStore(network);
  const verifier = { verify: () => Promise.resolve([]) };
  const chain = new Chain({ network }, { store, verifier, pending: { reconcile: () => 0 } });
  const a1 = mineBlock({ network, parent: genesis, miner: testAccount(5) });
  const branch = mineBlocks(2, { network, parent: genesis, miner: testAccount(6) });
  await chain.addBlock(a1, NOW);
  const balances = (reader: ChainReader) =>
    [5, 6].map((index) => reader.account(testAccount(index).publicKey).balance > 0n);
  const ended = new Error('the task failed');
  let used: ChainReader | undefined;
  const task = chain.withSnapshot(async (snapshot) => {
    used = snapshot;
    for (const block of branch) await chain.addBlock(block, NOW);
    assert.deepEqual(chain.tip().hash, branch[1]!.header.hash);
    assert.deepEqual(snapshot.tip().hash, a1.header.hash);
    assert.deepEqual(
      [balances(snapshot), chain.read(balances)],
      [
        [true, false],
        [false, true],
      ],
    );
    throw ended;
  });
  await assert.rejects(task, ended);
  assert.throws(() => used!.header(genesis.hash), /after its release/);
  await chain.close();
  await store.close();
});
