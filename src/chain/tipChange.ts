import type { Block } from '../consensus/block.js';
import type { AccountChange } from '../ledger/account.js';
import type { ChainReader, StoredHeader } from './chainStore.js';
import type { Reorganization } from './outcome.js';

/** A new tip: what left the best chain, what joined it, and which accounts are different now. */
export interface TipChange {
  readonly oldTip: StoredHeader;
  readonly tip: StoredHeader;
  /** Old tip first; empty when the chain just grew. */
  readonly disconnected: readonly Block[];
  /** Oldest first, the tip last. */
  readonly connected: readonly Block[];
  /** Touched accounts with their state at the new tip. */
  readonly accounts: readonly AccountChange[];
  /** View of the new tip, valid during the call only: retain a snapshot of the chain to keep one. */
  readonly reader: ChainReader;
  readonly reorganization?: Reorganization;
}
