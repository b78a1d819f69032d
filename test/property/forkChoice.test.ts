import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { applyBlock, applyChanges } from '../../src/ledger/ledger.js';
import { Overlay } from '../../src/ledger/accounts.js';
import {
  accountsOf,
  deliver,
  disordered,
  disorders,
  forkChain,
  forkChoiceProperty,
  newCounts,
} from '../support/forkDelivery.js';
import { branchOf, forkNetwork, growths, growTree } from '../support/forkTree.js';
import { propertySeed } from '../support/propertySeed.js';

describe('fork choice', () => {
  it('any delivery order of 1,000 trees ends on the best tip, with the accounts of a replay of its branch', async (test) => {
    const counts = newCounts();
    await fc.assert(forkChoiceProperty(counts), { numRuns: 1_000, seed: propertySeed(test) });
    const { deepest, orphans, reorganizations, invalid } = counts;
    assert.ok(Math.min(orphans, reorganizations, invalid) >= 100 && deepest >= 60, JSON.stringify(counts));
    test.diagnostic(JSON.stringify(counts));
  });

  it('undo then redo is the identity at every height, also of blocks that joined in a reorganization', async (test) => {
    await fc.assert(
      fc.asyncProperty(growths, disorders, async (list, disorder) => {
        const tree = growTree(list);
        const chain = forkChain();
        await deliver(chain, tree, disordered(tree, disorder));
        const view = chain.snapshot();
        const branch = branchOf(tree.best);
        const overlay = new Overlay(view);
        for (const { block, parent } of [...branch].reverse()) {
          applyChanges(overlay, view.undo(block.header.hash)!);
          assert.deepEqual(accountsOf(overlay), parent!.accounts);
        }
        for (const { block, accounts } of branch) {
          const applied = applyBlock(overlay, block, forkNetwork);
          assert.ok(!('code' in applied));
          assert.deepEqual(applied.undo, view.undo(block.header.hash));
          applyChanges(overlay, applied.changes);
          assert.deepEqual(accountsOf(overlay), accounts);
        }
      }),
      { numRuns: 200, seed: propertySeed(test) },
    );
  });
});
