import type { Transaction } from '../consensus/transaction.js';

/** A transaction in the mempool. */
export interface Entry {
  readonly transaction: Transaction;
  /** Lower-case hexadecimal transaction id. */
  readonly txid: string;
  /** When this node first accepted it, for people: milliseconds since 1970. */
  readonly since: number;
  /** The same for its age: milliseconds on the clock that is never set. */
  readonly arrived: number;
  /** Arrival order: what breaks a tie between equal fee rates. */
  readonly sequence: number;
  /** Base units of fee a byte. */
  readonly feeRate: number;
}

/** Negative if `a` pays a better fee rate than `b`, or the same and came first. */
export function byFeeRate(a: Entry, b: Entry): number {
  return b.feeRate - a.feeRate || a.sequence - b.sequence;
}

/** What a transaction takes from its sender. */
export function cost(transaction: Transaction): bigint {
  return transaction.amount + transaction.fee;
}
