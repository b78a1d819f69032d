import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Block } from '../../src/consensus/block.js';
import { supplyAt } from '../../src/consensus/network.js';
import { workOf } from '../../src/consensus/pow.js';
import { toHex } from '../../src/crypto/bytes.js';
import { mineBlock, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { readTip, testChain } from '../support/chain.js';

const network = testNetwork();
// Signing is slow: the transfers of all trees are made once. Account 0 pays account 1, nonce after nonce.
const transfers = Array.from({ length: 24 }, (_, nonce) =>
  transfer({ network, from: testAccount(0), to: testAccount(1), amount: 10n + BigInt(nonce), nonce }),
);

interface TreeBlock {
  readonly block: Block;
  readonly work: bigint;
  /** Nonce of account 0 after it. */
  readonly spent: number;
}

/** Each number says on which earlier block, counted from the newest, the next one stands. */
const shape = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 24 });

function growTree(choices: readonly number[]): TreeBlock[] {
  const tree: TreeBlock[] = [{ block: network.genesis, work: workOf(network.target), spent: 0 }];
  for (const [index, choice] of choices.entries()) {
    const parent = tree[Math.max(0, tree.length - 1 - choice)]!;
    const transactions = index % 2 === 0 ? transfers.slice(parent.spent, parent.spent + 1) : [];
    // Another miner each time, so that siblings differ.
    const block = mineBlock({ network, parent: parent.block.header, transactions, miner: testAccount(100 + index) });
    tree.push({
      block,
      work: parent.work + workOf(block.header.target),
      spent: parent.spent + transactions.length,
    });
  }
  return tree.slice(1);
}

describe('fork choice', () => {
  it('any delivery order of a tree ends on a heaviest tip, with the accounts of a replay of its branch', async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.infiniteStream(fc.nat()), async (choices, order) => {
        const tree = growTree(choices);
        const { chain, add } = testChain(network);
        const waiting = [...tree];
        while (waiting.length > 0) {
          const [next] = waiting.splice(order.next().value! % waiting.length, 1);
          await add(next!.block);
        }
        const tip = readTip(chain, (view) => view.tip());
        const heaviest = tree.reduce((most, { work }) => (work > most ? work : most), 0n);
        assert.equal(tip.work, heaviest);

        // A replay of the best branch alone, on a fresh chain.
        const byHash = new Map(tree.map(({ block }) => [toHex(block.header.hash), block]));
        const branch: Block[] = [];
        for (let block = byHash.get(toHex(tip.hash)); block; block = byHash.get(toHex(block.header.previousHash))) {
          branch.unshift(block);
        }
        const replay = testChain(network);
        for (const block of branch) assert.equal((await replay.add(block)).status, 'connected');
        const page = { limit: 1_000, fromEnd: false };
        const accounts = readTip(chain, (view) => view.richest(page));
        const replayed = readTip(replay.chain, (view) => view.richest(page));
        const state = (list: typeof accounts) =>
          new Map(list.map(({ publicKey, account }) => [toHex(publicKey), account]));
        assert.deepEqual(state(accounts), state(replayed));
        const sum = accounts.reduce((total, { account }) => total + account.balance, 0n);
        assert.equal(sum, supplyAt(network, tip.height));
      }),
      { numRuns: 40 },
    );
  });
});
