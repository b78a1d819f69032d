import type { Rejection } from '../consensus/rejection.js';
import type { StoredHeader } from './chainStore.js';

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
  readonly commonAncestor: StoredHeader;
  readonly oldTip: StoredHeader;
  readonly newTip: StoredHeader;
  /** Number of blocks that left the best chain. */
  readonly disconnected: number;
  readonly connected: number;
  /** Transactions of the old branch that are in the mempool again. */
  readonly returned: number;
}
