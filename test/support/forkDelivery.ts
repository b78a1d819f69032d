import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Chain, type ChainModules } from '../../src/chain/chain.js';
import type { ChainReader } from '../../src/chain/chainStore.js';
import { supplyAt } from '../../src/consensus/network.js';
import { equalBytes, toHex } from '../../src/crypto/bytes.js';
import { MemoryChainStore } from './memoryChainStore.js';
import { branchOf, forkNetwork, growths, growTree, PARTIES, type ForkBlock, type ForkTree } from './forkTree.js';

/** A chain of the trees' network that takes every signature as good. It goes over to a branch in several commits if that is longer than three blocks or so. */
export function forkChain(pending: ChainModules['pending'] = { reconcile: () => 0 }): Chain {
  return new Chain(
    { network: forkNetwork, maxCommitTransactions: 16 },
    {
      store: new MemoryChainStore(forkNetwork),
      verifier: { verify: (transactions) => Promise.resolve(transactions.map(() => true)) },
      pending,
    },
  );
}

/** An order of arrival: how far, in blocks, one may be from its place, and by how much of it each is. */
export interface Disorder {
  readonly reach: number;
  readonly shifts: Iterator<number>;
}

export const disorders: fc.Arbitrary<Disorder> = fc.record({
  reach: fc.constantFrom(2, 8, 40, 1_000),
  shifts: fc.infiniteStream(fc.nat({ max: 999 })),
});

/** The blocks of a tree in another order. */
export function disordered({ blocks }: ForkTree, { reach, shifts }: Disorder): ForkBlock[] {
  return blocks
    .map((block, index) => ({ block, place: index + (reach * (shifts.next() as { value: number }).value) / 1_000 }))
    .sort((a, b) => a.place - b.place)
    .map(({ block }) => block);
}

/** Counts the effects of a delivery on chains. */
export interface DeliveryCounts {
  trees: number;
  deepest: number;
  orphans: number;
  reorganizations: number;
  /** Blocks that one of them disconnected. */
  mostDisconnected: number;
  invalid: number;
}

/** Nothing counted yet. */
export function newCounts(): DeliveryCounts {
  return { trees: 0, deepest: 0, orphans: 0, reorganizations: 0, mostDisconnected: 0, invalid: 0 };
}

/** Gives the chain every block in this order. Of a large tree more can wait for a parent than a chain holds: those come again. */
export async function deliver(
  chain: Chain,
  tree: ForkTree,
  order: readonly ForkBlock[],
  counts?: DeliveryCounts,
): Promise<void> {
  const add = async ({ block }: ForkBlock) => {
    const outcome = await chain.addBlock(block, NOW);
    if (!counts) return;
    if (outcome.status === 'orphan') counts.orphans++;
    if (outcome.status === 'rejected') counts.invalid++;
    if (outcome.status !== 'reorganized') return;
    counts.reorganizations++;
    counts.mostDisconnected = Math.max(counts.mostDisconnected, outcome.reorganization.disconnected);
  };
  for (const one of order) await add(one);
  if (tree.blocks.length <= MAX_ORPHANS) return;
  // Parents first, as sync asks for them.
  for (const one of tree.blocks) if (!chain.read((reader) => reader.header(one.block.header.hash))) await add(one);
}

/** The chain stands where a plain replay of the best branch ends, height for height, and knows every good block. */
export function assertOnBest(view: ChainReader, { blocks, best }: ForkTree): void {
  const tip = view.tip();
  assert.equal(toHex(tip.hash), toHex(best.block.header.hash));
  assert.equal(tip.work, best.work);
  for (const { block } of branchOf(best))
    assert.ok(equalBytes(view.headerAt(block.header.height)!.hash, block.header.hash));
  assert.deepEqual(accountsOf(view), best.accounts);
  assert.equal(view.totalBalance(), supplyAt(forkNetwork, tip.height));
  for (const { block, valid } of blocks) if (valid) assert.ok(view.header(block.header.hash));
}

/** State of each party. */
export function accountsOf(view: Pick<ChainReader, 'account'>) {
  return PARTIES.map((publicKey) => view.account(publicKey));
}

/** Any delivery order of the blocks of a tree ends on its best branch: three orders a tree. */
export function forkChoiceProperty(counts?: DeliveryCounts) {
  return fc.asyncProperty(growths, disorders, disorders, async (list, first, second) => {
    const tree = growTree(list);
    const reversed = [...tree.blocks].reverse();
    for (const order of [disordered(tree, first), disordered(tree, second), reversed]) {
      const chain = forkChain();
      await deliver(chain, tree, order, counts);
      chain.read((reader) => assertOnBest(reader, tree));
    }
    if (!counts) return;
    counts.trees++;
    counts.deepest = Math.max(counts.deepest, ...tree.blocks.map(({ block }) => block.header.height));
  });
}

/** Orphans that a chain holds. */
const MAX_ORPHANS = 64;
/** Later than any block. */
export const NOW = Date.UTC(2100, 0, 1);
