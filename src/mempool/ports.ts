import type { Transaction } from '../consensus/transaction.js';
import type { AccountChange, AccountReader } from '../ledger/accounts.js';
import type { Rejection } from '../consensus/rejection.js';

/** What reconcile needs of a new tip. */
export interface NewTip {
  /** Blocks that left the best chain, old tip first. */
  readonly disconnected: readonly { readonly hash: Uint8Array }[];
  /** Transactions of one of them, which are not all held in memory. */
  body(block: { readonly hash: Uint8Array }): readonly Transaction[];
  /** Touched accounts with their state at the new tip. */
  readonly accounts: readonly AccountChange[];
  /** Of the new tip. */
  readonly reader: AccountReader & { isConfirmed(id: Uint8Array): boolean };
  /** Of the old tip. */
  readonly before: { transaction(id: Uint8Array): { readonly transaction: Transaction } | undefined };
}

/** Where pending transactions survive a restart. */
export interface MempoolJournal {
  /** Resolves once the transactions are on disk and would survive a power cut. Rejects with StorageFullError, and then keeps nothing. */
  append(entries: readonly JournalEntry[]): Promise<void>;
  /** As append, for what is pending whatever the disk says: a write that fails is tried again with the next one. */
  keep(entries: readonly JournalEntry[]): Promise<void>;
  /** Forgets transactions that left the mempool; needs no sync, a transaction that comes back is checked again. */
  remove(transactions: readonly Pick<Transaction, 'txid'>[]): void;
  /** Everything kept, in the order it was appended. */
  load(): JournalEntry[];
}

export interface JournalEntry {
  readonly transaction: Transaction;
  /** When this node first accepted it, milliseconds since 1970. */
  readonly since: number;
}

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
