import { z } from 'zod';
import {
  blockInput,
  headerInput,
  readHeader,
  readTransaction,
  sealedFields,
  transactionInput,
  type TransactionInput,
} from '../../client/codec.js';
import type { BlockHeaderInput, BlockInput, CompactBlockInput } from '../../client/operations/peer.js';
import { type Block, type BlockHeader, decodingBody } from '../../consensus/block.js';
import type { Network } from '../../consensus/network.js';
import {
  MAX_BATCH_TRANSACTIONS,
  MAX_BODIES,
  MAX_HEADERS,
  MAX_LOCATOR_HASHES,
  MAX_PAGE_ITEMS,
  MAX_PEER_ADDRESSES,
  MAX_URL_LENGTH,
} from '../../consensus/protocol.js';
import { MAX_MEMO_BYTES, type Transaction } from '../../consensus/transaction.js';
import { fromHex } from '../../crypto/bytes.js';
import { inTurns, type Steps } from '../../util/turns.js';
import { writingShortIds } from '../shortIds.js';

export const HASH = z.string().regex(/^[0-9a-f]{64}$/);
/** A number of GraphQL's type Int, not negative. */
const INT = z.int().min(0).max(0x7fff_ffff);
const SIGNATURE = z.string().regex(/^[0-9a-f]{128}$/);
const DECIMAL = z.string().regex(/^(0|[1-9][0-9]{0,77})$/);

/** A list of at most so many items, and at least, which is checked before anything in it is. */
export function listOf<Item extends z.ZodType>(item: Item, most: number, least = 0) {
  return z.array(z.unknown()).min(least).max(most).pipe(z.array(item));
}

const HEADER = z.object({
  height: INT,
  hash: HASH,
  previousHash: HASH,
  transactionsRoot: HASH,
  transactionCount: INT,
  timestamp: z.iso.datetime(),
  target: INT,
  miner: z.string().max(100),
  nonce: z.string().regex(/^(0|[1-9][0-9]{0,19})$/),
});

/** Answer to the handshake. */
export const HANDSHAKE = z.object({
  nodeInfo: z.object({
    id: HASH,
    chainId: HASH,
    version: z.string().max(100),
    protocolVersion: z.int().min(0),
    publicUrl: z.string().max(MAX_URL_LENGTH).nullish(),
    instance: HASH.nullish(),
    proof: SIGNATURE.nullish(),
  }),
  chain: z.object({ height: INT, work: DECIMAL, tip: z.object({ hash: HASH }) }),
});

/** Peers of a peer. */
export const PEERS = z.object({
  peers: listOf(z.object({ url: z.string().max(MAX_URL_LENGTH), status: z.string().max(64) }), MAX_PEER_ADDRESSES),
});

const TRANSACTION = z.object({
  sender: z.string().max(200),
  recipient: z.string().max(200),
  amount: DECIMAL,
  fee: DECIMAL,
  nonce: DECIMAL,
  memo: z.string().max(MAX_MEMO_BYTES),
  signature: SIGNATURE,
});

/** A page of pending transactions. */
export const PENDING = z.object({
  mempool: z.object({
    size: z.int().min(0),
    transactions: z.object({
      nodes: z.array(z.unknown()).max(MAX_PAGE_ITEMS),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().max(1_000).nullable() }),
    }),
  }),
});

const REFUSAL = z.object({ code: z.string().max(64), message: z.string().max(10_000) });

/** Answer to one relayed transaction or block. */
export const OUTCOME = z.union([z.object({ alreadyKnown: z.boolean() }), REFUSAL]);
export type Outcome = z.infer<typeof OUTCOME>;

/** Answer to so many packed transactions: the outcome of each, in order. */
export function packedOutcomes(count: number) {
  const index = z
    .int()
    .min(0)
    .max(count - 1);
  const received = z.object({
    alreadyKnown: listOf(index, count),
    refused: listOf(z.object({ index, reason: REFUSAL }), count),
  });
  return z.union([received, REFUSAL]).transform((answer): Outcome[] => {
    if ('code' in answer) return Array.from({ length: count }, () => answer);
    const outcomes: Outcome[] = Array.from({ length: count }, () => ({ alreadyKnown: false }));
    for (const known of answer.alreadyKnown) outcomes[known] = { alreadyKnown: true };
    for (const { index: place, reason } of answer.refused) outcomes[place] = reason;
    return outcomes;
  });
}

/** Answer to an offer, or to a part of it; undefined for a refusal. */
export const WANTED = z
  .union([
    z.object({
      offer: z.string().max(64),
      headersAfter: listOf(HASH, MAX_LOCATOR_HASHES).nullable(),
      first: z.int().min(0).max(MAX_HEADERS),
      bodies: listOf(HASH, MAX_BODIES),
      isOver: z.boolean(),
    }),
    REFUSAL,
  ])
  .transform((answer) => {
    if ('code' in answer) return undefined;
    const { headersAfter, bodies, ...rest } = answer;
    return { ...rest, headersAfter: headersAfter?.map(fromHex), bodies: bodies.map(fromHex) };
  });

/** What a node wants of an announced transaction: nothing, to be sent it, or to be told again, since another node is to send it. */
export type Interest = 'known' | 'wanted' | 'later';

/** Answer to so many announced transactions: what is wanted of each, in order. */
export function interests(count: number) {
  const place = z
    .int()
    .min(0)
    .max(count - 1);
  const wishes = z.object({ wanted: listOf(place, count), later: listOf(place, count) });
  return wishes.transform(({ wanted, later }): Interest[] => {
    const all: Interest[] = Array.from({ length: count }, () => 'known');
    for (const each of later) all[each] = 'later';
    for (const each of wanted) all[each] = 'wanted';
    return all;
  });
}

/** Answer to an announced block of so many transactions, or to what was missing of it. */
export function compactOutcome(count: number) {
  const place = z
    .int()
    .min(0)
    .max(count - 1);
  return z.union([OUTCOME, z.object({ missing: listOf(place, MAX_BATCH_TRANSACTIONS).nullable() })]);
}

/** Bytes as the API has them in text. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** Writes domain values as the GraphQL API has them, and reads them back. It checks what comes from a peer before anything uses it. */
export class Wire {
  readonly #network: Network;
  /** A transaction is encoded once, however many peers it is relayed to. */
  readonly #encoded = new WeakMap<Transaction, TransactionInput>();

  readonly #announcements = new WeakMap<Block, Promise<CompactBlockInput>>();

  constructor(network: Network) {
    this.#network = network;
  }

  transactionInput(transaction: Transaction): TransactionInput {
    let input = this.#encoded.get(transaction);
    if (!input) {
      input = transactionInput(transaction, this.#network.addressPrefix);
      this.#encoded.set(transaction, input);
    }
    return input;
  }

  blockInput(block: Block): BlockInput {
    return blockInput(block, this.#network.addressPrefix, (transaction) => this.transactionInput(transaction));
  }

  /** What announces the block: it is made once, however many peers there are. */
  compactInput(block: Block): Promise<CompactBlockInput> {
    let input = this.#announcements.get(block);
    if (!input) {
      const { header, transactions } = block;
      input = inTurns(writingShortIds(header.hash, transactions)).then((shortIds) => {
        return { ...sealedFields(header, this.#network.addressPrefix), shortIds: toBase64(shortIds) };
      });
      this.#announcements.set(block, input);
    }
    return input;
  }

  headerInput(header: BlockHeader): BlockHeaderInput {
    return headerInput(header, this.#network.addressPrefix);
  }

  /** A transaction with its id computed here; throws on a shape or a value that no transaction has. Does not check the signature. */
  transaction(answer: unknown): Transaction {
    return readTransaction(this.#network, TRANSACTION.parse(answer));
  }

  /** A header with its hash computed here; throws on a shape or a value that no header has. */
  header(answer: unknown): BlockHeader {
    return readHeader(this.#network, HEADER.parse(answer));
  }

  /** Transactions of a body, one a step; throws on bytes that no block has. Does not check whether they belong to a header. */
  body(base64: string): Steps<Transaction[]> {
    return decodingBody(this.#network.chainId, Buffer.from(base64, 'base64'));
  }
}
