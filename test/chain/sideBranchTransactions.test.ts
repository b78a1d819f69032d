import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sideBranchTransactions } from '../../src/chain/branches.js';
import { mineBlock, mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { testChain } from '../support/chain.js';

it('finds the transactions that only a losing branch holds, oldest first', async () => {
  // genesis ── a1 [first] ── a2 [second]
  //        └── b1 ── b2 ── b3
  const network = testNetwork();
  const { chain, add } = testChain(network);
  const [first, second] = [0, 1].map((nonce) =>
    transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce }),
  );
  const a1 = mineBlock({ network, parent: network.genesis.header, transactions: [first!] });
  const a2 = mineBlock({ network, parent: a1.header, transactions: [second!] });
  for (const block of [a1, a2]) await add(block);
  assert.deepEqual(
    chain.read((view) => sideBranchTransactions(view, 7)),
    [],
  );
  for (const block of mineBlocks(3, { network, parent: network.genesis.header, miner: testAccount(8) }))
    await add(block);
  assert.deepEqual(
    chain.read((view) => sideBranchTransactions(view, 7)),
    [first, second].map((transaction) => ({ transaction, since: 7 })),
  );
});
