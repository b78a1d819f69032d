import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';

/** A transaction in the mempool, as others see it. */
export interface PendingTransaction {
  readonly transaction: Transaction;
  /** When this node accepted it, milliseconds since 1970. */
  readonly since: number;
  /** Set while it is held back: the nonce that must come first. */
  readonly missingNonce: bigint | undefined;
}

/** A transaction that left the mempool unmined. */
export interface DroppedTransaction {
  readonly transaction: Transaction;
  readonly reason: Rejection;
  /** Milliseconds since 1970. */
  readonly at: number;
}
