import type { Block, BlockHeader } from '../consensus/block.js';
import type { Transaction } from '../consensus/transaction.js';
import type { Account, AccountChange, AccountReader } from '../ledger/accounts.js';
import type { Lender } from '../util/lender.js';
import type { PageRequest } from '../util/pages.js';

/** A block as the store knows it, without its body. */
export interface StoredHeader extends BlockHeader {
  /** Accumulated work from genesis up to and including this block. */
  readonly work: bigint;
  /** Bytes, as the block size rule counts them. */
  readonly size: number;
  /** It, or an ancestor of it, breaks a rule: never to be connected. */
  readonly invalid: boolean;
}

/** Where a confirmed transaction lies on the best chain. */
export interface ConfirmedTransaction {
  readonly transaction: Transaction;
  readonly block: StoredHeader;
  /** Position in the block, from 0. */
  readonly index: number;
}

/** A position in an account's history. */
export interface HistoryPosition {
  readonly height: number;
  readonly index: number;
}

/** A funded account in the list of all, richest first; equal balances in the order the accounts were first seen. */
export interface RankedAccount extends AccountPosition {
  readonly publicKey: Uint8Array;
  readonly account: Account;
}

/** A position in the list of all accounts. `number` is given to an account when it is first seen. */
export interface AccountPosition {
  readonly balance: bigint;
  readonly number: number;
}

/** One consistent view of the store, as of one tip. */
export interface ChainReader extends AccountReader {
  tip(): StoredHeader;
  /** Any block known, on the best chain or not. */
  header(hash: Uint8Array): StoredHeader | undefined;
  /** Block of the best chain; undefined below 0 and above the tip. */
  headerAt(height: number): StoredHeader | undefined;
  /** Blocks of the best chain from `height`, or from genesis if that is above it, upwards, at most `count`. */
  headersFrom(height: number, count: number): StoredHeader[];
  /** Transactions of a known block in order, from position `start`, at most `count`; empty for an unknown block. */
  transactions(hash: Uint8Array, start?: number, count?: number): Transaction[];
  /** The same transactions as their bytes in a block body, not decoded; empty for an unknown block. */
  body(hash: Uint8Array, start?: number, count?: number): Uint8Array[];
  /** Whether a commit ever took the block from the best chain; it may be back. */
  wasDisconnected(hash: Uint8Array): boolean;
  /** Confirmed on the best chain. */
  transaction(id: Uint8Array): ConfirmedTransaction | undefined;
  /** Whether a block of the best chain has the transaction. */
  isConfirmed(id: Uint8Array): boolean;
  /** States before the block of the accounts that it touched; undefined unless the block is on the best chain. */
  undo(hash: Uint8Array): readonly AccountChange[] | undefined;
  /** Tips of stored branches other than the best chain, any order. */
  sideTips(): Uint8Array[];
  /** Confirmed transactions that the account sent or received, newest first. */
  history(publicKey: Uint8Array, page: PageRequest<HistoryPosition>): ConfirmedTransaction[];
  historyCount(publicKey: Uint8Array): number;
  /** Accounts with a balance or a nonce above 0, richest first. */
  richest(page: PageRequest<AccountPosition>): RankedAccount[];
  accountCount(): number;
  /** Sum of all balances, base units. */
  totalBalance(): bigint;
}

/** The chain as it is at the moment of each call. */
export interface CurrentChain extends Lender<ChainReader> {
  tip(): StoredHeader;
}

/** A reader that stays as it is while later commits go on, until it is released. */
export interface ChainSnapshot extends ChainReader {
  /** Ends one use; the last one frees it, and no method may be called after that. */
  release(): void;
  /** Adds a use, to be ended by a `release` of its own. */
  retain(): this;
}

/** One atomic change of the store, prepared before it is begun: nothing in it can fail but the disk. */
export interface ChainCommit {
  /** Blocks seen for the first time. */
  readonly insert: readonly {
    readonly block: Block;
    readonly work: bigint;
    readonly size: number;
    readonly invalid: boolean;
  }[];
  /** Blocks that leave the best chain, old tip first. */
  readonly disconnect: readonly Uint8Array[];
  /** Blocks that join the best chain, oldest first; stored before or in `insert`. */
  readonly connect: readonly {
    readonly hash: Uint8Array;
    readonly undo: readonly AccountChange[];
    /** Its transactions, where they are at hand. */
    readonly body?: readonly Transaction[];
  }[];
  /** Last state of every account touched by disconnect and connect together. */
  readonly accounts: readonly AccountChange[];
  /** Blocks found to break a rule. */
  readonly invalidate: readonly Uint8Array[];
  /** Side-branch blocks to be deleted. */
  readonly forget: readonly Uint8Array[];
  /** All side tips after the commit. */
  readonly sideTips: readonly Uint8Array[];
}

/** Where the chain is kept. Opened with its genesis connected. */
export interface ChainStore {
  /** View of the last commit that resolved, or of the one being resolved. */
  snapshot(): ChainSnapshot;
  /** Resolves once the change is on disk and would survive a power cut. Rejects with StorageFullError if there is no space. */
  commit(change: ChainCommit): Promise<void>;
  close(): Promise<void>;
}

/** The stored data, or the disk under them, cannot be used: the base of every error that is not a bug. */
export abstract class StorageError extends Error {
  /** Whether the message says which file or folder it is about. */
  readonly namesFile: boolean = true;
}

/** The disk refused a write for want of space; nothing of the write was kept. */
export class StorageFullError extends StorageError {
  override readonly name = 'StorageFullError';
}

/** What is written is on no disk that a restart finds: the files were deleted or replaced while they were in use. */
export class StorageLostError extends StorageError {
  override readonly name = 'StorageLostError';
}
