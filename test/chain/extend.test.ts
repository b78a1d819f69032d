import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { Chain } from '../../src/chain/chain.js';
import type { Block } from '../../src/consensus/block.js';
import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import { mineBlock, mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { testChain } from '../support/chain.js';
import { forkChain, NOW } from '../support/forkDelivery.js';
import { branchOf, forkNetwork, growths, growTree, PARTIES } from '../support/forkTree.js';
import { propertySeed } from '../support/propertySeed.js';
import { storeDump } from '../support/storeDump.js';
import { openLmdbStore } from '../support/storeOpen.js';

const network = testNetwork();
const genesis = network.genesis.header;
const [alice, bob] = [testAccount(0), testAccount(1)];

/** A block, one with this payment, and another on top. */
function around(payment: Transaction): Block[] {
  const [first] = mineBlocks(1, { network, parent: genesis });
  const paying = mineBlock({ network, parent: first!.header, transactions: [payment] });
  return [first!, paying, mineBlock({ network, parent: paying.header })];
}

const good = transfer({ network, from: alice, to: bob, amount: 5n, nonce: 0 });
const forged = createTransaction(
  network.chainId,
  good,
  transfer({ network, from: alice, to: bob, amount: 6n, nonce: 0 }).signature,
);

describe('extending the tip by several blocks', () => {
  it('is one commit and one change of the tip', async () => {
    const { chain, extend, changes } = testChain(network);
    const blocks = around(good);
    assert.equal(await extend(blocks), 3);
    assert.deepEqual(
      changes.map(({ connected, disconnected, oldTip, tip }) => [
        connected.map(({ hash }) => hash),
        disconnected,
        oldTip.height,
        tip.height,
      ]),
      [[blocks.map(({ header }) => header.hash), [], 0, 3]],
    );
    assert.deepEqual(
      chain.read((view) => view.account(alice.publicKey).nonce),
      1n,
    );
  });

  for (const [what, blocks, code] of [
    ['a forged signature', around(forged), 'INVALID_TRANSACTION'],
    [
      'an impossible payment',
      around(transfer({ network, from: alice, to: bob, amount: 5n, nonce: 1 })),
      'INVALID_TRANSACTION',
    ],
    ['another body', around(good).map((block) => ({ ...block, transactions: [] })), 'INVALID_TRANSACTIONS_ROOT'],
  ] as const) {
    it(`ends before the block with ${what}, of which addBlock says ${code}`, async () => {
      const { chain, extend, add } = testChain(network);
      assert.equal(await extend(blocks), 1);
      assert.equal(chain.tip().height, 1);
      const outcome = await add(blocks[1]!);
      assert.ok(outcome.status === 'rejected');
      assert.equal(outcome.rejection.code, code);
    });
  }

  it('ends before a block that is from the future, or follows another than the one before', async () => {
    const { extend } = testChain(network);
    const [first, second, third] = mineBlocks(3, { network, parent: genesis });
    assert.equal(await extend([second!, third!]), 0);
    assert.equal(await extend([first!, third!]), 1);
    assert.equal(await extend([second!, third!], second!.header.timestamp - 3_600_000), 0);
    assert.equal(await extend([second!, third!]), 2);
    assert.equal(await extend([second!, third!]), 0);
  });

  it('takes in the orphans that waited for one of them', async () => {
    const { chain, extend, add } = testChain(network);
    const blocks = mineBlocks(4, { network, parent: genesis });
    assert.equal((await add(blocks[3]!)).status, 'orphan');
    assert.equal(await extend(blocks.slice(0, 3)), 3);
    assert.equal(chain.tip().height, 4);
  });

  it('has the same result as the blocks one by one, in any tree', async (test) => {
    let together = 0;
    const runs = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 });
    const property = fc.asyncProperty(growths, runs, async (list, lengths) => {
      const blocks = growTree(list).blocks.map(({ block }) => block);
      const [apart, atOnce] = [forkChain(), forkChain()];
      for (const block of blocks) await apart.addBlock(block, NOW);
      together += await addInRuns(atOnce, blocks, lengths);
      const dump = (chain: Chain) => chain.read((view) => storeDump(view, forkNetwork, blocks, PARTIES.length));
      assert.deepEqual(dump(atOnce), dump(apart));
    });
    await fc.assert(property, { numRuns: 300, seed: propertySeed(test) });
    assert.ok(together > 500, `${together} blocks were committed with others`);
  });

  it('leaves the same data on disk as the blocks one by one', async () => {
    const branches = fc.sample(growths, { numRuns: 60, seed: 7 }).map((list) => branchOf(growTree(list).best));
    const longest = branches.reduce((best, branch) => (branch.length > best.length ? branch : best));
    const blocks = longest.map(({ block }) => block);
    const [apart, atOnce] = [await lmdbChain(), await lmdbChain()];
    for (const block of blocks) await apart.addBlock(block, NOW);
    assert.equal(await addInRuns(atOnce, blocks, [blocks.length]), blocks.length);
    assert.ok(blocks.length > 30 && blocks.some(({ transactions }) => transactions.length > 0));
    const dump = (chain: Chain) => chain.read((view) => storeDump(view, forkNetwork, blocks, PARTIES.length));
    assert.deepEqual(dump(atOnce), dump(apart));
  });
});

/** Offers the blocks in runs of these lengths, as sync does; returns how many were committed with others. */
async function addInRuns(chain: Chain, blocks: readonly Block[], lengths: readonly number[]): Promise<number> {
  let together = 0;
  for (let start = 0, turn = 0; start < blocks.length; turn++) {
    const run = blocks.slice(start, start + lengths[turn % lengths.length]!);
    const extended = await chain.extend(run, NOW);
    if (extended > 1) together += extended;
    for (const block of run.slice(extended)) await chain.addBlock(block, NOW);
    start += run.length;
  }
  return together;
}

async function lmdbChain(): Promise<Chain> {
  const store = await openLmdbStore(forkNetwork);
  const verifier = { verify: (list: readonly Transaction[]) => Promise.resolve(list.map(() => true)) };
  const chain = new Chain({ network: forkNetwork }, { store, verifier, pending: { reconcile: () => 0 } });
  after(async () => {
    await chain.close();
    await store.close();
  });
  return chain;
}
