import { concatBytes, toHex } from '../crypto/bytes.js';
import { Decoder, Encoder } from '../crypto/encoder.js';
import { signatureFault } from '../crypto/ed25519.js';
import { sha256 } from '../crypto/hash.js';
import { merkleLeaf } from '../crypto/merkle.js';
import { MAX_AMOUNT } from './coins.js';
import type { Rejection } from './rejection.js';

/** What a sender signs, less the chain id. Amounts and fees are base units; keys are 32-byte Ed25519 public keys. */
export interface UnsignedTransaction {
  readonly sender: Uint8Array;
  readonly recipient: Uint8Array;
  readonly amount: bigint;
  readonly fee: bigint;
  /** Sender's sequence number, from 0, without gaps. */
  readonly nonce: bigint;
  /** UTF-8, at most 64 bytes. */
  readonly memo: string;
}

/** A signed transfer, with the hashes that name it computed once. */
export interface Transaction extends UnsignedTransaction {
  readonly signature: Uint8Array;
  /** The bytes that were signed. */
  readonly payload: Uint8Array;
  /** Its bytes in a block body, 153 and the memo: the payload from the sender on, and the signature. */
  readonly encoded: Uint8Array;
  /** SHA-256 of the payload. Does not cover the signature. */
  readonly id: Uint8Array;
  /** Merkle leaf: covers payload and signature, so what was verified once is known by it. */
  readonly leaf: Uint8Array;
  /** Bytes in a block body. */
  readonly size: number;
  /** The id, as maps are keyed by it: lower-case hexadecimal, as the other three. */
  readonly txid: string;
  readonly leafHex: string;
  readonly senderHex: string;
  readonly recipientHex: string;
}

/** The bytes that are hashed and signed (docs/protocol.md, "Transaction"). Throws RangeError on a field out of range. */
export function signingPayload(chainId: Uint8Array, transaction: UnsignedTransaction): Uint8Array {
  return payloadAnd(chainId, transaction, NOTHING);
}

/** The signed transaction with its id, leaf and size. Says nothing of its validity: see checkTransactionAlone. */
export function createTransaction(
  chainId: Uint8Array,
  unsigned: UnsignedTransaction,
  signature: Uint8Array,
): Transaction {
  const bytes = payloadAnd(chainId, unsigned, signature);
  return new SignedTransaction(bytes, bytes.length - signature.length, unsigned);
}

function payloadAnd(chainId: Uint8Array, transaction: UnsignedTransaction, signature: Uint8Array): Uint8Array {
  const memo = utf8.encode(transaction.memo);
  return new Encoder(PAYLOAD_BYTES + memo.length + signature.length)
    .raw(PAYLOAD_TAG)
    .raw(chainId, 32)
    .raw(transaction.sender, 32)
    .raw(transaction.recipient, 32)
    .u64(transaction.amount)
    .u64(transaction.fee)
    .u64(transaction.nonce)
    .u8(memo.length)
    .raw(memo)
    .raw(signature)
    .finish();
}

/** The transaction of a payload and the signature after it. Its parts are views of these bytes, so that it is one buffer and its two hashes. */
class SignedTransaction implements Transaction {
  readonly sender: Uint8Array;
  readonly recipient: Uint8Array;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly nonce: bigint;
  readonly memo: string;
  readonly signature: Uint8Array;
  readonly payload: Uint8Array;
  readonly encoded: Uint8Array;
  readonly id: Uint8Array;
  readonly leaf: Uint8Array;
  readonly size: number;
  // Made at the first use: most of a block's are never asked for, and what waits to be mined is looked up dozens of times.
  #txid: string | undefined;
  #leafHex: string | undefined;
  #senderHex: string | undefined;
  #recipientHex: string | undefined;

  constructor(
    bytes: Uint8Array,
    payloadBytes: number,
    { amount, fee, nonce, memo }: Pick<UnsignedTransaction, 'amount' | 'fee' | 'nonce' | 'memo'>,
    hashes?: TransactionHashes,
  ) {
    this.sender = bytes.subarray(UNENCODED_BYTES, UNENCODED_BYTES + 32);
    this.recipient = bytes.subarray(UNENCODED_BYTES + 32, UNENCODED_BYTES + 64);
    this.amount = amount;
    this.fee = fee;
    this.nonce = nonce;
    this.memo = memo;
    this.signature = bytes.subarray(payloadBytes);
    this.payload = bytes.subarray(0, payloadBytes);
    this.encoded = bytes.subarray(UNENCODED_BYTES);
    this.id = hashes?.id ?? sha256(this.payload);
    this.leaf = hashes?.leaf ?? merkleLeaf(concatBytes(this.id, this.signature));
    this.size = this.encoded.length;
  }

  get txid(): string {
    return (this.#txid ??= toHex(this.id));
  }

  get leafHex(): string {
    return (this.#leafHex ??= toHex(this.leaf));
  }

  get senderHex(): string {
    return (this.#senderHex ??= toHex(this.sender));
  }

  get recipientHex(): string {
    return (this.#recipientHex ??= toHex(this.recipient));
  }
}

/**
 * Shape of a transaction before anything is hashed: key, signature and memo lengths. Run it on input from outside before
 * createTransaction, which needs fields of the right size.
 */
export function checkTransactionForm(
  transaction: UnsignedTransaction & { readonly signature: Uint8Array },
): Rejection | undefined {
  for (const [field, length] of [
    ['sender', 32],
    ['recipient', 32],
    ['signature', 64],
  ] as const) {
    const got = transaction[field].length;
    if (got !== length) return { code: 'MALFORMED', field, expected: `${length} bytes`, got: `${got} bytes` };
  }
  if (!transaction.memo.isWellFormed()) {
    return { code: 'MALFORMED', field: 'memo', expected: 'well-formed Unicode', got: 'a lone surrogate' };
  }
  const memoBytes = utf8.encode(transaction.memo).length;
  if (memoBytes > MAX_MEMO_BYTES) {
    return {
      code: 'MALFORMED',
      field: 'memo',
      expected: `at most ${MAX_MEMO_BYTES} bytes of UTF-8`,
      got: `${memoBytes}`,
    };
  }
  for (const field of ['amount', 'fee', 'nonce'] as const) {
    const got = transaction[field];
    if (got >= 0n && got <= MAX_U64) continue;
    if (field !== 'nonce') return { code: 'INVALID_AMOUNT', amount: transaction.amount, fee: transaction.fee };
    return { code: 'MALFORMED', field, expected: 'an unsigned 64-bit number', got: `${got}` };
  }
  return undefined;
}

/** What is wrong with a transaction on any state, without the signature's equation; undefined if nothing is. */
export function checkTransactionAlone(transaction: Transaction): Rejection | undefined {
  const { amount, fee } = transaction;
  if (amount < 1n || fee < 0n || amount + fee > MAX_AMOUNT) return { code: 'INVALID_AMOUNT', amount, fee };
  const fault = signatureFault(transaction.sender, transaction.signature);
  return fault && { code: 'INVALID_SIGNATURE', fault };
}

/** Reads the bytes of one transaction in a block body; throws RangeError on any other. */
export function decodeTransaction(chainId: Uint8Array, bytes: Uint8Array): Transaction {
  const decoder = new Decoder(bytes);
  const transaction = readTransaction(chainId, decoder);
  decoder.finish();
  return transaction;
}

/** As decodeTransaction, of bytes whose hashes this node has computed before: nothing is hashed. */
export function knownTransaction(chainId: Uint8Array, bytes: Uint8Array, hashes: TransactionHashes): Transaction {
  return readTransaction(chainId, new Decoder(bytes), hashes);
}

/** Merkle leaf of an encoded transaction, without the rest of it; a block has thousands, so nothing but the hashes is made. */
export function leafOf(chainId: Uint8Array, encoded: Uint8Array): Uint8Array {
  const unsigned = encoded.length - 64;
  const payload = leafPayload.subarray(0, UNENCODED_BYTES + unsigned);
  payload.set(PAYLOAD_TAG);
  payload.set(chainId, PAYLOAD_TAG.length);
  payload.set(encoded.subarray(0, unsigned), UNENCODED_BYTES);
  // As merkleLeaf has it: a zero before the data.
  leafData.set(sha256(payload), 1);
  leafData.set(encoded.subarray(unsigned), 1 + 32);
  return sha256(leafData);
}

/** Fee of an encoded transaction, without the rest of it. */
export function feeOf(encoded: Uint8Array): bigint {
  return new DataView(encoded.buffer, encoded.byteOffset).getBigUint64(32 + 32 + 8);
}

/** The hashes of a transaction. */
export type TransactionHashes = Pick<Transaction, 'id' | 'leaf'>;

/**
 * Reads one encoded transaction, and leaves the decoder after it. Its bytes are copied, and not encoded again to be hashed; not hashed either
 * where its `hashes` are known.
 */
export function readTransaction(chainId: Uint8Array, decoder: Decoder, hashes?: TransactionHashes): Transaction {
  const unsigned = decoder.view(UNSIGNED_BYTES);
  const memoBytes = unsigned[UNSIGNED_BYTES - 1]!;
  if (memoBytes > MAX_MEMO_BYTES)
    throw new RangeError(`expected a memo of at most ${MAX_MEMO_BYTES} bytes, got ${memoBytes}`);
  const rest = decoder.view(memoBytes + SIGNATURE_BYTES);
  const bytes = new Uint8Array(PAYLOAD_BYTES + rest.length);
  bytes.set(PAYLOAD_TAG);
  bytes.set(chainId, PAYLOAD_TAG.length);
  bytes.set(unsigned, UNENCODED_BYTES);
  bytes.set(rest, PAYLOAD_BYTES);
  const fields = new DataView(bytes.buffer, UNENCODED_BYTES + 64);
  const read = {
    amount: fields.getBigUint64(0),
    fee: fields.getBigUint64(8),
    nonce: fields.getBigUint64(16),
    memo: memoBytes === 0 ? '' : decodeUtf8(rest.subarray(0, memoBytes)),
  };
  return new SignedTransaction(bytes, bytes.length - SIGNATURE_BYTES, read, hashes);
}

export const MAX_MEMO_BYTES = 64;

const MAX_U64 = (1n << 64n) - 1n;
const PAYLOAD_BYTES = 24 + 32 + 32 + 32 + 8 + 8 + 8 + 1;
/** Tag and chain id: the same in every transaction of a chain. */
const UNENCODED_BYTES = 24 + 32;
/** From the sender to the length of the memo. */
const UNSIGNED_BYTES = PAYLOAD_BYTES - UNENCODED_BYTES;
const SIGNATURE_BYTES = 64;
const NOTHING = new Uint8Array();
/** Of leafOf; reused, since nothing else runs within a call. */
const leafPayload = new Uint8Array(PAYLOAD_BYTES + MAX_MEMO_BYTES);
const leafData = new Uint8Array(1 + 32 + 64);
const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const PAYLOAD_TAG = utf8.encode('corrente/transaction/v1\0');

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (error) {
    throw new RangeError('expected a memo of well-formed UTF-8', { cause: error });
  }
}
