import type { ChainReader } from '../chain/chainStore.js';
import { sideBranch } from '../chain/headerTree.js';
import type { Transaction } from '../consensus/transaction.js';

/**
 * Transactions of side branches near the tip, oldest first. A stop between a reorganization's commit and the journal's would
 * lose those that had gone back to the mempool: the blocks that held them are still there, so they are taken from them.
 */
export function sideBranchTransactions(
  reader: ChainReader,
  since: number,
): { readonly transaction: Transaction; readonly since: number }[] {
  const lowest = reader.tip().height - RECENT_BLOCKS;
  return reader.sideTips().flatMap((hash) => {
    const tip = reader.header(hash);
    if (!tip || tip.invalid || tip.height < lowest) return [];
    return sideBranch(reader, tip).connect.flatMap((block) =>
      reader.transactions(block.hash).map((transaction) => ({ transaction, since })),
    );
  });
}

/** A branch that fell behind further than this has no acknowledged transaction that is not elsewhere. */
const RECENT_BLOCKS = 1_000;
