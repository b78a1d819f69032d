import { concatBytes, equalBytes } from '../crypto/bytes.js';
import { Decoder, Encoder } from '../crypto/encoder.js';
import { sha256 } from '../crypto/hash.js';
import { computingMerkleRoot, merkleRoot } from '../crypto/merkle.js';
import { readTransaction, type Transaction } from './transaction.js';
import { atOnce, type Steps } from '../util/turns.js';

/** What the seal hash covers: everything of a header but the nonce that is searched for. */
export interface BlockTemplateHeader {
  readonly height: number;
  readonly previousHash: Uint8Array;
  readonly transactionsRoot: Uint8Array;
  readonly transactionCount: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** Compact form (nBits). */
  readonly target: number;
  /** Public key that receives subsidy and fees. */
  readonly miner: Uint8Array;
}

export interface BlockHeader extends BlockTemplateHeader {
  readonly nonce: bigint;
  /** SHA-256(seal hash ‖ nonce). */
  readonly hash: Uint8Array;
}

export interface Block {
  readonly header: BlockHeader;
  readonly transactions: readonly Transaction[];
}

/** Hash of all header fields but the nonce; throws RangeError on a field out of range. */
export function sealHash(header: BlockTemplateHeader): Uint8Array {
  return sha256(headerEncoder(header, HEADER_BYTES).finish());
}

/** Block hash of a seal hash and a nonce: 40 bytes, so one SHA-256 compression a try. */
export function blockHash(seal: Uint8Array, nonce: bigint): Uint8Array {
  return sha256(new Encoder(40).raw(seal).u64(nonce).finish());
}

/** The sealed header with its hash. */
export function createHeader(template: BlockTemplateHeader, nonce: bigint): BlockHeader {
  return {
    height: template.height,
    previousHash: template.previousHash,
    transactionsRoot: template.transactionsRoot,
    transactionCount: template.transactionCount,
    timestamp: template.timestamp,
    target: template.target,
    miner: template.miner,
    nonce,
    hash: blockHash(sealHash(template), nonce),
  };
}

/** Root over the leaves of the transactions: commits to every payload and every signature, and to their order. */
export function transactionsRoot(transactions: readonly Transaction[]): Uint8Array {
  return merkleRoot(transactions.map((transaction) => transaction.leaf));
}

/** The same, a hash a step. */
export function computingTransactionsRoot(transactions: readonly Transaction[]): Steps<Uint8Array> {
  return computingMerkleRoot(transactions.map((transaction) => transaction.leaf));
}

/** Size that the network's maxBlockBytes bounds: header, nonce and encoded transactions. */
export function blockSize(transactions: readonly Transaction[]): number {
  return transactions.reduce((size, transaction) => size + transaction.size, HEADER_BYTES + 8);
}

/** Header and nonce as stored: the sealed bytes followed by the nonce. */
export function encodeHeader(header: BlockHeader): Uint8Array {
  return headerEncoder(header, HEADER_BYTES + 8)
    .u64(header.nonce)
    .finish();
}

/** Reverses encodeHeader; throws RangeError on bytes that it did not write. */
export function decodeHeader(bytes: Uint8Array): BlockHeader {
  const decoder = new Decoder(bytes);
  decoder.raw(HEADER_TAG.length);
  const template: BlockTemplateHeader = {
    height: Number(decoder.u64()),
    previousHash: decoder.raw(32),
    transactionsRoot: decoder.raw(32),
    transactionCount: decoder.u32(),
    timestamp: Number(decoder.u64()),
    target: decoder.u32(),
    miner: decoder.raw(32),
  };
  const nonce = decoder.u64();
  decoder.finish();
  const header = createHeader(template, nonce);
  // Another tag, or a number that a double rounds, would come back as other bytes under another hash.
  if (!equalBytes(encodeHeader(header), bytes)) throw new RangeError('expected the bytes of a header, got others');
  return header;
}

/** Transactions, encoded one after another: each says its own length. So a block has them, and so nodes send them to each other. */
export function encodeBody(transactions: readonly Transaction[]): Uint8Array {
  return concatBytes(...transactions.map(({ encoded }) => encoded));
}

/** Reverses encodeBody; throws RangeError on bytes that it did not write, which says where. */
export function decodeBody(chainId: Uint8Array, bytes: Uint8Array): Transaction[] {
  return atOnce(decodingBody(chainId, bytes));
}

/** The same, transaction by transaction; `most` of them, or a RangeError. */
export function* decodingBody(chainId: Uint8Array, bytes: Uint8Array, most = Infinity): Steps<Transaction[]> {
  const decoder = new Decoder(bytes);
  const transactions: Transaction[] = [];
  while (decoder.remaining > 0) {
    if (transactions.length === most) throw new RangeError(`expected at most ${most} transactions, got more`);
    const at = bytes.length - decoder.remaining;
    try {
      transactions.push(readTransaction(chainId, decoder));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`transaction ${transactions.length} at byte ${at}: ${error.message}`, { cause: error });
    }
    yield;
  }
  return transactions;
}

/** Bytes of a header without its nonce. */
export const HEADER_BYTES = 24 + 8 + 32 + 32 + 4 + 8 + 4 + 32;

function headerEncoder(header: BlockTemplateHeader, length: number): Encoder {
  return new Encoder(length)
    .raw(HEADER_TAG)
    .u64(BigInt(header.height))
    .raw(header.previousHash, 32)
    .raw(header.transactionsRoot, 32)
    .u32(header.transactionCount)
    .u64(BigInt(header.timestamp))
    .u32(header.target)
    .raw(header.miner, 32);
}

const HEADER_TAG = new TextEncoder().encode('corrente/block/v1'.padEnd(24, '\0'));
