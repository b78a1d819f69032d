import { crc32 } from 'node:zlib';
import { Decoder, Encoder } from '../crypto/encoder.js';

/**
 * The whole key space. Numbers are unsigned big-endian, so that the order of the keys is the order of the list; the digit
 * after a field is its width in bytes; ~ marks a field stored as its complement, so that large comes first. Every value
 * is followed by 4 bytes of CRC-32 over key and value. Bodies lie under the height, where writes are sequential; whatever
 * has to lie under a hash or a public key is one short index record.
 *
 * chain.mdb
 *
 * | table                | key                               | value                                                 |
 * |----------------------|-----------------------------------|-------------------------------------------------------|
 * | meta                 | `identity`                        | format 4, chain id 32                                 |
 * |                      | `state`                           | tip, numbers given, funded accounts, total, side tips |
 * | headers              | height 4, ordinal 2               | hash and header 156, size 4, marks 1, total work 32   |
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
 * `ordinal` distinguishes the blocks of one height: the lowest that is free, so 0 for the first seen. `number` is given to an
 * account when it is first seen and never given again. `marks` adds up: 1 for a block that breaks a rule or follows one
 * that does, 2 for one that has left the best chain, whether or not it is back.
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
export type ChainTable = (typeof CHAIN_TABLES)[number];
export type NodeTable = (typeof NODE_TABLES)[number];
/** Of either database. */
export type TableName = ChainTable | NodeTable;

/** Raised by any change of this file or of records.ts that an older node could not read. */
export const FORMAT_VERSION = 1;

export const CHECKSUM_BYTES = 4;
export const MAX_U32 = 2 ** 32 - 1;
/** Blocks stored of one height, less one: far above what side branches are bounded to. */
export const MAX_ORDINAL = 2 ** 16 - 1;

/** Width in bytes of each field; one of 8 bytes is a bigint. */
const WIDTHS = { height: 4, ordinal: 2, index: 4, number: 4, balance: 8, sequence: 8 } as const;

export const heightKey = key('height');
/** The value in best. */
export const ordinalKey = key('ordinal');
/** In headers and undo, and the value in blockPositions. */
export const blockKey = key('height', 'ordinal');
export const transactionKey = key('height', 'ordinal', 'index');
/** The value in transactionPositions. */
export const transactionPositionKey = key('height', 'index');
/** In accounts, and the value in accountNumbers. */
export const numberKey = key('number');
export const richestKey = key('~balance', 'number');
export const historyKey = key('number', '~height', '~index');
export const sequenceKey = key('sequence');
export const requestEntryKey = key('request/', 'sequence');
export const IDENTITY_KEY = new TextEncoder().encode('identity');
export const STATE_KEY = new TextEncoder().encode('state');

/** Where a block lies. */
export type BlockPosition = KeyValues<'height' | 'ordinal'>;

type FieldName = keyof typeof WIDTHS;
/** A text that the key begins with, a field, or a field that is stored as its complement. */
type KeyPart = `${string}/` | FieldName | `~${FieldName}`;
type KeyValues<Part> = {
  readonly [Name in Extract<Part extends `~${infer Field}` ? Field : Part, FieldName>]: 8 extends (typeof WIDTHS)[Name]
    ? bigint
    : number;
};

/** The layout of a key. */
function key<Part extends KeyPart>(...parts: readonly Part[]) {
  const prefix = new TextEncoder().encode(parts.filter((part) => part.endsWith('/')).join(''));
  const fields = parts
    .filter((part) => !part.endsWith('/'))
    .map((part) => {
      const name = part.replace('~', '') as FieldName;
      const width = WIDTHS[name];
      return { name, width, complementOf: part.startsWith('~') ? 2n ** BigInt(8 * width) - 1n : undefined };
    });
  const length = fields.reduce((sum, { width }) => sum + width, prefix.length);
  return {
    of(values: KeyValues<Part>): Uint8Array {
      const encoder = new Encoder(length).raw(prefix);
      for (const { name, width, complementOf } of fields) {
        const value = (values as Record<FieldName, number | bigint>)[name];
        const stored = complementOf === undefined ? value : complementOf - BigInt(value);
        if (width === 8) encoder.u64(BigInt(stored));
        else encoder[width === 4 ? 'u32' : 'u16'](Number(stored));
      }
      return encoder.finish();
    },
    /** Reverses `of`. */
    read(bytes: Uint8Array): KeyValues<Part> {
      const decoder = new Decoder(bytes.subarray(prefix.length));
      const values: Partial<Record<FieldName, number | bigint>> = {};
      for (const { name, width, complementOf } of fields) {
        const stored = width === 8 ? decoder.u64() : width === 4 ? decoder.u32() : decoder.u16();
        const value = complementOf === undefined ? stored : complementOf - BigInt(stored);
        values[name] = width === 8 ? value : Number(value);
      }
      return values as KeyValues<Part>;
    },
  };
}

/** The smallest key above `key`. */
export function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

/** CRC-32 of key and value: a value under the wrong key is corrupt too. */
export function checksum(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}

/** What is wrong with a value as it is stored, checksum last; undefined if nothing. */
export function checksumFault(key: Uint8Array, stored: Uint8Array): { expected: string; got: string } | undefined {
  const length = stored.length - CHECKSUM_BYTES;
  if (length < 0) return { expected: `at least ${CHECKSUM_BYTES} bytes`, got: `${stored.length}` };
  const expected = new DataView(stored.buffer, stored.byteOffset + length).getUint32(0);
  const got = checksum(key, stored.subarray(0, length));
  return got === expected
    ? undefined
    : { expected: `the checksum 0x${expected.toString(16)}`, got: `0x${got.toString(16)}` };
}
