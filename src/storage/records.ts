import { decodeTransaction } from '../consensus/transaction.js';
import { Decoder, Encoder } from '../crypto/encoder.js';
import type { StoredHeader } from '../chain/chainStore.js';
import type { Account } from '../ledger/accounts.js';
import type { JournalEntry } from '../mempool/ports.js';
import type { BlockPosition } from './keys.js';

const MARKS_OFFSET = 4 * 32 + 8 + 8 + 4 * 4;
const STORED_HEADER_BYTES = MARKS_OFFSET + 1 + 32;
const INVALID = 1;
const DISCONNECTED = 2;
/** Without the side tips. */
const STATE_BYTES = 4 + 2 + 4 + 4 + 8;
const ACCOUNT_BYTES = 32 + 8 + 8 + 4;
const UNDO_ENTRY_BYTES = 4 + 8 + 8;
const LOW_64 = 2n ** 64n - 1n;

/** What the `state` record says of the whole chain, so that nothing has to be counted at the start. */
export interface StateRecord {
  /** Undefined only before genesis is connected. */
  readonly tip: BlockPosition | undefined;
  /** Number that the next account gets. */
  readonly nextNumber: number;
  /** Accounts with a balance or a nonce above 0. */
  readonly accountCount: number;
  /** Sum of all balances, base units: what the chain has issued, or it is damaged. */
  readonly totalBalance: bigint;
  readonly sideTips: readonly Uint8Array[];
}

export interface AccountRecord {
  readonly publicKey: Uint8Array;
  readonly account: Account;
  /** Transactions of the best chain that the account sent or received. */
  readonly historyCount: number;
}

/** State of an account before a block, by the account's number. */
export interface UndoEntry {
  readonly number: number;
  readonly account: Account;
}

export function encodeState({ tip, nextNumber, accountCount, totalBalance, sideTips }: StateRecord): Uint8Array {
  if (!tip) throw new Error('expected a chain with a tip, got one without');
  const encoder = new Encoder(STATE_BYTES + 32 * sideTips.length)
    .u32(tip.height)
    .u16(tip.ordinal)
    .u32(nextNumber)
    .u32(accountCount)
    .u64(totalBalance);
  for (const hash of sideTips) encoder.raw(hash);
  return encoder.finish();
}

export function decodeState(bytes: Uint8Array): StateRecord {
  const decoder = new Decoder(bytes);
  const state = {
    tip: { height: decoder.u32(), ordinal: decoder.u16() },
    nextNumber: decoder.u32(),
    accountCount: decoder.u32(),
    totalBalance: decoder.u64(),
    sideTips: [] as Uint8Array[],
  };
  while (decoder.remaining > 0) state.sideTips.push(decoder.raw(32));
  return state;
}

/** With the hash, so that a read need not compute it: the checksum says that the fields are the ones it was made of. */
export function encodeStoredHeader(header: StoredHeader, wasDisconnected: boolean): Uint8Array {
  return new Encoder(STORED_HEADER_BYTES)
    .raw(header.hash)
    .raw(header.previousHash)
    .raw(header.transactionsRoot)
    .raw(header.miner)
    .u64(header.nonce)
    .u64(BigInt(header.timestamp))
    .u32(header.height)
    .u32(header.transactionCount)
    .u32(header.target)
    .u32(header.size)
    .u8((header.invalid ? INVALID : 0) | (wasDisconnected ? DISCONNECTED : 0))
    .u64(header.work >> 192n)
    .u64((header.work >> 128n) & LOW_64)
    .u64((header.work >> 64n) & LOW_64)
    .u64(header.work & LOW_64)
    .finish();
}

export function decodeStoredHeader(bytes: Uint8Array): StoredHeader {
  const decoder = new Decoder(bytes);
  const header = {
    hash: decoder.raw(32),
    previousHash: decoder.raw(32),
    transactionsRoot: decoder.raw(32),
    miner: decoder.raw(32),
    nonce: decoder.u64(),
    timestamp: Number(decoder.u64()),
    height: decoder.u32(),
    transactionCount: decoder.u32(),
    target: decoder.u32(),
    size: decoder.u32(),
    invalid: (decoder.u8() & INVALID) !== 0,
    work: (decoder.u64() << 192n) | (decoder.u64() << 128n) | (decoder.u64() << 64n) | decoder.u64(),
  };
  decoder.finish();
  return header;
}

/** What encodeStoredHeader was told besides the header. */
export function decodeWasDisconnected(bytes: Uint8Array): boolean {
  return (bytes[MARKS_OFFSET]! & DISCONNECTED) !== 0;
}

export function encodeUndo(entries: readonly UndoEntry[]): Uint8Array {
  const encoder = new Encoder(UNDO_ENTRY_BYTES * entries.length);
  for (const { number, account } of entries) encoder.u32(number).u64(account.balance).u64(account.nonce);
  return encoder.finish();
}

export function decodeUndo(bytes: Uint8Array): UndoEntry[] {
  const decoder = new Decoder(bytes);
  const entries: UndoEntry[] = [];
  while (decoder.remaining > 0) {
    entries.push({ number: decoder.u32(), account: { balance: decoder.u64(), nonce: decoder.u64() } });
  }
  return entries;
}

export function encodeAccount({ publicKey, account, historyCount }: AccountRecord): Uint8Array {
  return new Encoder(ACCOUNT_BYTES).raw(publicKey).u64(account.balance).u64(account.nonce).u32(historyCount).finish();
}

export function decodeAccount(bytes: Uint8Array): AccountRecord {
  const decoder = new Decoder(bytes);
  return {
    publicKey: decoder.raw(32),
    account: { balance: decoder.u64(), nonce: decoder.u64() },
    historyCount: decoder.u32(),
  };
}

export function encodeJournalEntry({ transaction, since }: JournalEntry): Uint8Array {
  return new Encoder(8 + transaction.size).u64(BigInt(since)).raw(transaction.encoded).finish();
}

export function decodeJournalEntry(chainId: Uint8Array, bytes: Uint8Array): JournalEntry {
  const since = Number(new Decoder(bytes).u64());
  return { transaction: decodeTransaction(chainId, bytes.subarray(8)), since };
}
