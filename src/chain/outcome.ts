import type { Rejection } from '../consensus/rejection.js';
import type { ChainReader, StoredHeader } from './chainStore.js';
import type { Transaction } from '../consensus/transaction.js';
import type { AccountChange } from '../ledger/accounts.js';

/** What became of a block that was offered to the chain. */
export type AddBlockOutcome =
  | { readonly status: 'connected'; readonly block: StoredHeader }
  | { readonly status: 'reorganized'; readonly block: StoredHeader; readonly reorganization: Reorganization }
  /** Kept, with less work than the best chain, or as much and seen later. */
  | { readonly status: 'sideBranch'; readonly block: StoredHeader }
  | { readonly status: 'known'; readonly block: StoredHeader; readonly onBestChain: boolean }
  /** Kept until its parent comes; `rejection` is UNKNOWN_PARENT. */
  | { readonly status: 'orphan'; readonly rejection: Rejection }
  /** `invalid` if the block hash commits to the fault, so that no body can ever make it good. */
  | { readonly status: 'rejected'; readonly rejection: Rejection; readonly invalid: boolean };

/** A change of the best chain to another branch. */
export interface Reorganization {
  readonly forkPoint: StoredHeader;
  readonly oldTip: StoredHeader;
  readonly newTip: StoredHeader;
  /** Number of blocks that left the best chain. */
  readonly disconnected: number;
  readonly connected: number;
  /** Transactions of the old branch that are in the mempool again. */
  readonly returned: number;
}

/** A new tip: what left the best chain, what joined it, and which accounts are different now. */
export interface TipChange {
  readonly oldTip: StoredHeader;
  readonly tip: StoredHeader;
  /** Old tip first; empty when the chain just grew. */
  readonly disconnected: readonly StoredHeader[];
  /** Oldest first, the tip last. */
  readonly connected: readonly StoredHeader[];
  /** Transactions of one of these blocks, valid as `reader` is: a change of branch may have more of them than fit in memory. */
  readonly body: (block: StoredHeader) => readonly Transaction[];
  /** Touched accounts with their state at the new tip. */
  readonly accounts: readonly AccountChange[];
  /** View of the new tip, valid during the call only: retain a snapshot of the chain to keep one. */
  readonly reader: ChainReader;
  /** View of the old tip, valid as `reader` is. */
  readonly before: ChainReader;
  readonly reorganization?: Reorganization;
}
