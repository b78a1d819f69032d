import { concatBytes } from '../crypto/bytes.js';
import { sha256 } from '../crypto/hash.js';
import { SHORT_ID_BYTES } from '../consensus/protocol.js';
import type { Transaction } from '../consensus/transaction.js';
import { each, type Steps } from '../util/turns.js';

/**
 * Names of transactions in the announcement of one block: the first SHORT_ID_BYTES of SHA-256(the last 16 bytes of the block's hash ‖ leaf).
 * Nobody knows that hash before the block is mined, so nobody can have made transactions that share a name in it. The leaf covers the
 * signature, too: another one is another transaction to the root of the block.
 */
export class ShortIds {
  /** The key, then the leaf; reused, since nothing else runs within a call. */
  readonly #data: Uint8Array;

  constructor(blockHash: Uint8Array) {
    this.#data = concatBytes(blockHash.subarray(-KEY_BYTES), new Uint8Array(LEAF_BYTES));
  }

  of({ leaf }: Pick<Transaction, 'leaf'>): number {
    this.#data.set(leaf, KEY_BYTES);
    return readShortId(sha256(this.#data), 0);
  }
}

/** The names of all, one after another, a transaction a step. */
export function* writingShortIds(blockHash: Uint8Array, transactions: readonly Transaction[]): Steps<Uint8Array> {
  const shortIds = new ShortIds(blockHash);
  const numbers = yield* each(transactions, (transaction) => shortIds.of(transaction));
  const bytes = Buffer.alloc(SHORT_ID_BYTES * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUIntBE(number, SHORT_ID_BYTES * index, SHORT_ID_BYTES);
  return bytes;
}

/** The name at this offset. */
export function readShortId(bytes: Uint8Array, offset: number): number {
  let number = 0;
  for (let i = offset; i < offset + SHORT_ID_BYTES; i++) number = number * 256 + bytes[i]!;
  return number;
}

/** Half of a hash: no proof of work makes these bytes of it small. */
const KEY_BYTES = 16;
const LEAF_BYTES = 32;
