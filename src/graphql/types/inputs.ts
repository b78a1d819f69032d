import { ArgsType, Field, InputType, Int } from 'type-graphql';
import { createHeader, decodingBody, type Block, type BlockHeader } from '../../consensus/block.js';
import { checkHeaderAlone } from '../../consensus/headers.js';
import { MAX_BATCH_TRANSACTIONS, SHORT_ID_BYTES } from '../../consensus/protocol.js';
import type { Network } from '../../consensus/network.js';
import type { Rejection } from '../../consensus/rejection.js';
import {
  createTransaction,
  checkTransactionForm,
  type Transaction,
  type UnsignedTransaction,
} from '../../consensus/transaction.js';
import type { Submission } from '../../mempool/submission.js';
import type { CompactBlock } from '../../peers/relay/compactBlocks.js';
import type { PageArguments } from '../page.js';
import { Address, Base64, DateTime, Hash, Signature, UInt64 } from './scalars.js';
import type { Steps } from '../../util/turns.js';
import type { Payment } from '../../wallet/payments.js';

const AMOUNT = 'Base units, at least 1.';
const FEE = 'Base units for the miner, on top of `amount`.';
const MEMO = 'At most 64 bytes of UTF-8, public.';
const REPLACES =
  'Id of the pending transaction of this sender and nonce that this one is to replace, for 10 % more fee and at least 1 base unit more. Without it nothing is replaced.';

@InputType({ description: 'A transfer signed by its sender; docs/protocol.md gives the bytes to sign.' })
export class SignedTransactionInput implements UnsignedTransaction {
  @Field(() => Address, { description: 'The account that pays and signs.' })
  declare readonly sender: Uint8Array;

  @Field(() => Address, { description: 'The account that receives `amount`.' })
  declare readonly recipient: Uint8Array;

  @Field(() => UInt64, { description: AMOUNT })
  declare readonly amount: bigint;

  @Field(() => UInt64, { defaultValue: 0n, description: FEE })
  declare readonly fee: bigint;

  @Field(() => UInt64, { description: "Sender's sequence number: `nextNonce` of its balance." })
  declare readonly nonce: bigint;

  @Field(() => String, { defaultValue: '', description: MEMO })
  declare readonly memo: string;

  @Field(() => Signature, { description: "The sender's signature of the payload." })
  declare readonly signature: Uint8Array;

  @Field(() => Hash, {
    nullable: true,
    description: `${REPLACES} Only for addTransactions and checkTransaction: a node that relays replaces by fee.`,
  })
  declare readonly replaces?: Uint8Array | null;
}

@InputType({
  description:
    "With `signature`: `sender` and `nonce` are required. Without: the node's unlocked wallet fills in and signs (admin only).",
})
export class AddTransactionInput implements Payment {
  @Field(() => Address, { description: 'The account that receives `amount`.' })
  declare readonly recipient: Uint8Array;

  @Field(() => UInt64, { description: AMOUNT })
  declare readonly amount: bigint;

  @Field(() => UInt64, { defaultValue: 0n, description: FEE })
  declare readonly fee: bigint;

  @Field(() => String, { defaultValue: '', description: MEMO })
  declare readonly memo: string;

  @Field(() => Address, {
    nullable: true,
    description: 'The account that pays and signs; only together with `signature`.',
  })
  declare readonly sender?: Uint8Array | null;

  @Field(() => UInt64, {
    nullable: true,
    description: "Sender's sequence number, `nextNonce` of its balance; only together with `signature`.",
  })
  declare readonly nonce?: bigint | null;

  @Field(() => Signature, { nullable: true, description: "The sender's signature of the payload." })
  declare readonly signature?: Uint8Array | null;

  @Field(() => Hash, { nullable: true, description: REPLACES })
  declare readonly replaces?: Uint8Array | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Makes a payment by the wallet safe to repeat; 1 to 64 characters, only without `signature`. The same key with the same payment answers for the same transaction, also after a restart.',
  })
  declare readonly requestKey?: string | null;
}

/** What both say of a header; no field names it, so the schema leaves it out. */
@InputType()
abstract class HeaderFields {
  @Field(() => Int, { description: 'Blocks before it.' })
  declare readonly height: number;

  @Field(() => Hash, { description: 'Hash of the parent.' })
  declare readonly previousHash: Uint8Array;

  @Field(() => Hash, { description: 'RFC 9162 Merkle tree root of the transactions and their signatures.' })
  declare readonly transactionsRoot: Uint8Array;

  @Field(() => DateTime, { description: 'When it was mined.' })
  declare readonly timestamp: number;

  @Field(() => Int, { description: 'Target in compact form (nBits).' })
  declare readonly target: number;

  @Field(() => Address, { description: 'Receives subsidy + fees.' })
  declare readonly miner: Uint8Array;

  @Field(() => UInt64, { description: 'What the proof of work searched for.' })
  declare readonly nonce: bigint;
}

@InputType({ description: 'A block with its transactions, as one node hands it to another.' })
export class BlockInput extends HeaderFields {
  @Field(() => [SignedTransactionInput], { description: 'In the order they are applied.' })
  declare readonly transactions: readonly SignedTransactionInput[];
}

@InputType({ description: 'A block with the names of its transactions, for a node that has most of them.' })
export class CompactBlockInput extends HeaderFields {
  @Field(() => Base64, {
    description:
      "A short id of each transaction, in the order they are applied: the first 5 bytes of SHA-256(last 16 bytes of the block's hash ‖ leaf).",
  })
  declare readonly shortIds: Uint8Array;
}

@InputType({ description: 'The header of a block, as one node hands it to another.' })
export class BlockHeaderInput extends HeaderFields {
  @Field(() => Int, { description: 'How many transactions it has.' })
  declare readonly transactionCount: number;
}

@InputType({ description: 'The transactions of a block, as one node hands them to another.' })
export class BlockBodyInput {
  @Field(() => Hash, { description: 'Hash of the block.' })
  declare readonly hash: Uint8Array;

  @Field(() => Base64, { description: 'Its transactions as `Block.body` gives them.' })
  declare readonly body: Uint8Array;
}

@ArgsType()
export class PageInput implements PageArguments {
  @Field(() => Int, {
    nullable: true,
    description: 'How many from the front, 0 to 100; excludes `last`. 20 by default.',
  })
  declare readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only items behind this cursor.' })
  declare readonly after?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many from the end, 0 to 100; excludes `first`.' })
  declare readonly last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only items ahead of this cursor.' })
  declare readonly before?: string | null;
}

/** The transaction of a well-formed input, and what it is to replace. */
export function submissionOf({ chainId }: Pick<Network, 'chainId'>, input: SignedTransactionInput): Submission {
  return {
    transaction: createTransaction(chainId, input, input.signature),
    replaces: input.replaces ?? undefined,
  };
}

/** Transactions from bytes such as a block's body has; or what is wrong with the bytes, and where. */
export function* unpacking(
  { chainId }: Pick<Network, 'chainId'>,
  packed: Uint8Array,
): Steps<Transaction[] | Rejection> {
  try {
    return yield* decodingBody(chainId, packed, MAX_BATCH_TRANSACTIONS);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const expected = 'transactions one after another, as a block has them';
    return { code: 'MALFORMED', field: 'transactions', expected, got: `other bytes: ${error.message}` };
  }
}

/** The block, or the rule of its header alone that it breaks, or what keeps it from being hashed; every other rule is the chain's. */
export function* readingBlock(network: Network, input: BlockInput): Steps<Block | Rejection> {
  const { chainId } = network;
  const header = headerOf({ ...input, transactionCount: input.transactions.length });
  if ('code' in header) return header;
  // Before anything is made of the body: work that is not there cost the sender nothing.
  const broken = checkHeaderAlone(header, network);
  if (broken) return broken;
  const transactions: Transaction[] = [];
  for (const [index, transaction] of input.transactions.entries()) {
    const cause = checkTransactionForm(transaction);
    if (cause) return { code: 'INVALID_TRANSACTION', index, cause };
    transactions.push(createTransaction(chainId, transaction, transaction.signature));
    yield;
  }
  return { header, transactions };
}

/** An announced block, or what keeps it from being one. */
export function compactBlockOf(input: CompactBlockInput): CompactBlock | Rejection {
  const { shortIds } = input;
  const transactionCount = shortIds.length / SHORT_ID_BYTES;
  if (!Number.isInteger(transactionCount)) {
    return {
      code: 'MALFORMED',
      field: 'shortIds',
      expected: `${SHORT_ID_BYTES} bytes each`,
      got: `${shortIds.length} bytes`,
    };
  }
  const header = headerOf({ ...input, transactionCount });
  return 'code' in header ? header : { header, shortIds };
}

/** The header, or what keeps it from being hashed at all. */
export function headerOf(input: BlockHeaderInput): BlockHeader | Rejection {
  for (const field of ['height', 'target', 'transactionCount'] as const) {
    if (input[field] < 0) return { code: 'MALFORMED', field, expected: '0 or above', got: `${input[field]}` };
  }
  return createHeader(input, input.nonce);
}
