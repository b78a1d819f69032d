import { toHex } from '../crypto/bytes.js';
import type { Transaction } from '../consensus/transaction.js';
import type { ChainReader, StoredHeader } from './chainStore.js';
import { sideBranchesOf } from './sideBranches.js';

/** A branch that fell behind further than this has no acknowledged transaction that is not elsewhere. */
const RECENT_BLOCKS = 1_000;
/** Transactions that are read at once, some 3 ms of work. */
export const SIDELINED_AT_ONCE = 256;

/**
 * Transactions of blocks that left the best chain, parents first, at most SIDELINED_AT_ONCE of one block at a time. A stop between a
 * reorganization's commit and the journal's would lose those that had gone back to the mempool: the blocks that held them are still there,
 * so they are taken from them. Of a block that was never on the best chain nothing is read.
 */
export function* sidelinedTransactions(reader: ChainReader): Generator<readonly Transaction[], void> {
  for (const { hash } of recentSideBlocks(reader)) {
    if (!reader.wasDisconnected(hash)) continue;
    for (let start = 0, isMore = true; isMore; start += SIDELINED_AT_ONCE) {
      const some = reader.transactions(hash, start, SIDELINED_AT_ONCE);
      if (some.length > 0) yield some;
      isMore = some.length === SIDELINED_AT_ONCE;
    }
  }
}

/** Side blocks of branches that end near the tip, each once, parents first. */
function recentSideBlocks(reader: ChainReader): StoredHeader[] {
  const lowest = reader.tip().height - RECENT_BLOCKS;
  const branches = sideBranchesOf(reader);
  const found = new Map<string, StoredHeader>();
  for (const tip of reader.sideTips()) {
    let block = branches.block(tip);
    if (!block || block.header.height < lowest) continue;
    for (; block && !found.has(toHex(block.header.hash)); block = branches.block(block.header.previousHash)) {
      found.set(toHex(block.header.hash), block.header);
    }
  }
  return [...found.values()].sort((a, b) => a.height - b.height);
}
