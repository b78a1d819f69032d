import { Decoder, Encoder } from '../crypto/encoder.js';
import type { AccountPosition, HistoryPosition } from '../chain/chainStore.js';

/**
 * The whole key space. Numbers are unsigned big-endian, so that the order of the keys is the order of the list; the digit
 * after a field is its width in bytes; ~ marks a field stored as its complement, so that large comes first. Every value
 * is followed by 4 bytes of CRC-32 over key and value. Bodies lie under the height, where writes are sequential; what has to
 * lie under a hash or a public key is one short index record.
 *
 * chain.mdb
 *
 * | table                | key                               | value                                                 |
 * |----------------------|-----------------------------------|-------------------------------------------------------|
 * | meta                 | `identity`                        | format 4, chain id 32                                 |
 * |                      | `state`                           | tip, numbers given, funded accounts, total, side tips |
 * | headers              | height 4, ordinal 2               | hash and header 156, size 4, invalid 1, total work 32 |
 * | blockPositions       | block hash 32                     | height 4, ordinal 2                                   |
 * | best                 | height 4                          | ordinal 2 of the best chain's block                   |
 * | transactions         | height 4, ordinal 2, index 4      | transaction                                           |
 * | transactionPositions | transaction id 32                 | height 4, index 4; best chain only                    |
 * | undo                 | height 4, ordinal 2               | account states before the block; best chain only      |
 * | accountNumbers       | public key 32                     | number 4                                              |
 * | accounts             | number 4                          | public key 32, balance 8, nonce 8, history count 4    |
 * | richest              | ~balance 8, number 4              | nothing; only balance or nonce above 0                |
 * | history              | number 4, ~height 4, ~index 4     | nothing; best chain only                              |
 *
 * `ordinal` tells the blocks of one height apart: the lowest that is free, so 0 for the first seen. `number` is given to an
 * account when it is first seen and never given again.
 *
 * node.mdb: what a node can lose without losing the chain
 *
 * | table                | key                               | value                                                 |
 * |----------------------|-----------------------------------|-------------------------------------------------------|
 * | meta                 | `identity`                        | format 4, chain id 32                                 |
 * |                      | `request/`, sequence 8            | SHA-256 of the request key 32, transaction            |
 * | mempool              | sequence 8                        | accepted at 8, transaction                            |
 * | peers                | SHA-256 of the URL 32             | JSON of the peer record                               |
 *
 * A new table is a new FORMAT_VERSION: an older version takes a table that it does not know for damage.
 */
export const CHAIN_TABLES = [
  'meta',
  'headers',
  'blockPositions',
  'best',
  'transactions',
  'transactionPositions',
  'undo',
  'accountNumbers',
  'accounts',
  'richest',
  'history',
] as const;
export const NODE_TABLES = ['meta', 'mempool', 'peers'] as const;
export type TableName = (typeof CHAIN_TABLES)[number] | (typeof NODE_TABLES)[number];

/** Raised by any change of this file or of records.ts that an older node could not read. */
export const FORMAT_VERSION = 1;

export const IDENTITY_KEY = new TextEncoder().encode('identity');
export const STATE_KEY = new TextEncoder().encode('state');

/** Where a block lies. */
export interface BlockPosition {
  readonly height: number;
  readonly ordinal: number;
}

export function heightKey(height: number): Uint8Array {
  return new Encoder(4).u32(height).finish();
}

/** Key in headers and undo, and the value in blockPositions. */
export function blockKey({ height, ordinal }: BlockPosition): Uint8Array {
  return new Encoder(6).u32(height).u16(ordinal).finish();
}

export function transactionKey({ height, ordinal }: BlockPosition, index: number): Uint8Array {
  return new Encoder(10).u32(height).u16(ordinal).u32(index).finish();
}

export function numberKey(number: number): Uint8Array {
  return new Encoder(4).u32(number).finish();
}

export function richestKey({ balance, number }: AccountPosition): Uint8Array {
  return new Encoder(12)
    .u64(MAX_U64 - balance)
    .u32(number)
    .finish();
}

export function historyKey(number: number, { height, index }: HistoryPosition): Uint8Array {
  return new Encoder(12)
    .u32(number)
    .u32(MAX_U32 - height)
    .u32(MAX_U32 - index)
    .finish();
}

/** First key after an account's history. */
export function endOfHistory(number: number): Uint8Array {
  return successor(historyKey(number, { height: 0, index: 0 }));
}

/** Reverses richestKey. */
export function decodeRichestKey(key: Uint8Array): AccountPosition {
  const decoder = new Decoder(key);
  return { balance: MAX_U64 - decoder.u64(), number: decoder.u32() };
}

/** Reverses historyKey, less the account's number. */
export function decodeHistoryKey(key: Uint8Array): HistoryPosition {
  const decoder = new Decoder(key);
  decoder.u32();
  return { height: MAX_U32 - decoder.u32(), index: MAX_U32 - decoder.u32() };
}

export function sequenceKey(sequence: number): Uint8Array {
  return new Encoder(8).u64(BigInt(sequence)).finish();
}

/** Key in meta of the request of this number. */
export function requestEntryKey(sequence: number): Uint8Array {
  return new Encoder(REQUEST_PREFIX.length + 8).raw(REQUEST_PREFIX).u64(BigInt(sequence)).finish();
}

/** Reverses requestEntryKey. */
export function decodeRequestEntryKey(key: Uint8Array): number {
  return decodeSequenceKey(key.subarray(REQUEST_PREFIX.length));
}

/** Reverses sequenceKey. */
export function decodeSequenceKey(key: Uint8Array): number {
  return Number(new Decoder(key).u64());
}

/** The smallest key above `key`. */
export function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

export const MAX_U32 = 2 ** 32 - 1;
/** Blocks stored of one height, less one: far above what side branches are bounded to. */
export const MAX_ORDINAL = 2 ** 16 - 1;
const MAX_U64 = 2n ** 64n - 1n;

export const START_OF_SEQUENCES = sequenceKey(0);
/** Above every sequence number that a number can hold. */
export const END_OF_SEQUENCES = new Uint8Array(8).fill(0xff);

const REQUEST_PREFIX = new TextEncoder().encode('request/');
export const START_OF_REQUESTS = requestEntryKey(0);
/** Above every request. */
export const END_OF_REQUESTS = new TextEncoder().encode('request0');
