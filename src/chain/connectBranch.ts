import type { Block } from '../consensus/block.js';
import type { NetworkParameters } from '../consensus/network.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import { type AccountChange, Overlay } from '../ledger/accounts.js';
import { applyChanges, applyingBlock, undoBlock } from '../ledger/ledger.js';
import type { Steps } from '../util/turns.js';
import type { ChainReader, StoredHeader } from './chainStore.js';
import type { BranchPath } from './branches.js';

/** A change of branch that only waits to be committed. */
export interface Branch {
  /** Oldest first; it ends before the first block that breaks a state rule. */
  readonly connected: readonly ConnectedBlock[];
  /** Last state of every account touched on the way. */
  readonly accounts: readonly AccountChange[];
  /** How much the sum of all balances changes, base units. */
  readonly balanceChange: bigint;
  readonly broken: BrokenBlock | undefined;
}

export interface ConnectedBlock {
  readonly header: StoredHeader;
  readonly block: Block;
  readonly isStored: boolean;
  readonly undo: readonly AccountChange[];
}

/** The first block of a branch that breaks a state rule. */
export interface BrokenBlock {
  readonly header: StoredHeader;
  readonly rejection: Rejection;
}

/**
 * Goes the path on an overlay: takes the old branch back, and applies the new one, whose last blocks are `unstored`. Extending the tip is
 * the case with nothing to take back. Changes nothing. The reader stands still until it ends.
 */
export function* connectingBranch(
  reader: ChainReader,
  path: Pick<BranchPath, 'disconnect' | 'connect'>,
  unstored: readonly Block[],
  network: NetworkParameters,
): Steps<Branch> {
  const overlay = new Overlay(reader);
  for (const header of path.disconnect) {
    const undo = reader.undo(header.hash);
    if (!undo) throw new Error(`the store holds no undo data of block ${header.height}`);
    undoBlock(overlay, header, undo, network);
    yield;
  }
  const connected: ConnectedBlock[] = [];
  const storedCount = path.connect.length - unstored.length;
  let broken: BrokenBlock | undefined;
  for (const [index, header] of path.connect.entries()) {
    const isStored = index < storedCount;
    const block = isStored
      ? { header, transactions: yield* readingBody(reader, header.hash) }
      : unstored[index - storedCount]!;
    const applied = yield* applyingBlock(overlay, block, network);
    if ('code' in applied) {
      broken = { header, rejection: applied };
      break;
    }
    applyChanges(overlay, applied.changes);
    connected.push({ header, block, isStored, undo: applied.undo });
  }
  const { balanceChange } = overlay;
  return { connected, accounts: overlay.changes(), balanceChange, broken };
}

/** Transactions of a stored block, some at a time. */
function* readingBody(reader: ChainReader, hash: Uint8Array): Steps<Transaction[]> {
  const transactions: Transaction[] = [];
  for (;;) {
    const some = reader.transactions(hash, transactions.length, READ_AT_ONCE);
    transactions.push(...some);
    if (some.length < READ_AT_ONCE) return transactions;
    yield;
  }
}

/** Transactions, some 3 ms of work. */
const READ_AT_ONCE = 256;
