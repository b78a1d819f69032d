import { createUnionType, Field, ID, Int, ObjectType } from 'type-graphql';
import type { ConfirmedTransaction, StoredHeader } from '../../chain/chainStore.js';
import type { Rejection } from '../../consensus/rejection.js';
import type { Transaction as DomainTransaction, UnsignedTransaction } from '../../consensus/transaction.js';
import type { RemoteRejection } from '../../peers/peer.js';
import { connectionType } from './connection.js';
import { ChainTipStatus, RejectionCode, type TipStatus } from './enums.js';
import { Address, Base64, BigUInt, DateTime, Hash, Signature, UInt64 } from './scalars.js';
import type { PendingTransaction } from '../../mempool/ports.js';

/**
 * The types of the ledger, in one file because they refer to each other. Resolvers return domain values unchanged: what a
 * class here has in common with its domain type is read from the value, the rest has a resolver in resolvers/.
 */

@ObjectType({
  description: 'The one failure type of the API. Codes are stable, messages are not.',
  simpleResolvers: true,
})
export class Rejected {
  @Field(() => RejectionCode, { description: 'What programs act on.' })
  declare readonly code: (Rejection | RemoteRejection)['code'];

  @Field(() => String, { description: 'One sentence for people: what was expected and what came.' })
  declare readonly message: string;

  @Field(() => Hash, {
    nullable: true,
    description: 'Of NONCE_CONFLICT: id of the pending transaction that has the nonce, to be named in `replaces`.',
  })
  declare readonly pending: Uint8Array | undefined;
}

@ObjectType({ description: 'The best chain of this node, as of one tip.', simpleResolvers: true })
export class Chain {
  @Field(() => Hash, {
    description: 'Hash of the genesis block; part of every signed payload, so a signature is good on one chain only.',
  })
  declare readonly id: Uint8Array;

  @Field(() => String, { description: 'Name of the network.' })
  declare readonly network: string;

  @Field(() => Int, { description: 'Height of the tip; genesis has height 0.' })
  declare readonly height: number;

  @Field(() => Block, { description: 'The last block.' })
  declare readonly tip: Block;

  @Field(() => Block, { description: 'The first block.' })
  declare readonly genesis: Block;

  @Field(() => BigUInt, { description: 'What fork choice compares: accumulated work, not length.' })
  declare readonly work: bigint;

  @Field(() => BigUInt, { description: 'Expected number of tries for the next block.' })
  declare readonly difficulty: bigint;

  @Field(() => UInt64, { description: 'Subsidy of the next block, before fees.' })
  declare readonly subsidy: bigint;

  @Field(() => UInt64, { description: 'Base units that exist at the tip.' })
  declare readonly supply: bigint;

  @Field(() => BlockConnection, { description: 'Best chain, genesis first. At most 100 a page, 20 by default.' })
  declare readonly blocks: unknown;

  @Field(() => [Block], {
    description:
      'Sync: headers that follow the first hash of `locator` found on the best chain (genesis if none). At most 2,000.',
  })
  declare readonly headersAfter: readonly Block[];

  @Field(() => [ChainTip], { description: 'The best tip and the tips of known side branches, most work first.' })
  declare readonly tips: readonly ChainTip[];
}

@ObjectType({ description: 'The last block of a branch.', simpleResolvers: true })
export class ChainTip {
  @Field(() => Block, { description: 'The last block.' })
  declare readonly block: StoredHeader;

  @Field(() => Int, { description: 'Height of the last block that the branch and the best chain share.' })
  declare readonly forkHeight: number;

  @Field(() => Int, { description: 'Blocks of the branch that are not on the best chain; 0 for the best tip.' })
  declare readonly branchLength: number;

  @Field(() => ChainTipStatus, { description: 'What the node holds of it.' })
  declare readonly status: TipStatus;
}

@ObjectType({ description: 'A block. Its hash commits to everything that is in it.', simpleResolvers: true })
export class Block implements Omit<StoredHeader, 'invalid'> {
  @Field(() => ID, { description: 'Its hash, which names it in caches of clients.' })
  declare readonly id: string;

  @Field(() => Hash, { description: 'SHA-256 of the sealed header and the nonce; at or below the target.' })
  declare readonly hash: Uint8Array;

  @Field(() => Int, { description: 'Blocks before it.' })
  declare readonly height: number;

  @Field(() => Hash, {
    description: "Hash of the parent. Genesis has none: there it commits to the network's parameters.",
  })
  declare readonly previousHash: Uint8Array;

  @Field(() => DateTime, { description: 'When it was mined, as its miner says.' })
  declare readonly timestamp: number;

  @Field(() => Int, { description: 'Target in compact form (nBits).' })
  declare readonly target: number;

  @Field(() => BigUInt, { description: 'Expected number of tries for this block.' })
  declare readonly difficulty: bigint;

  @Field(() => BigUInt, { description: 'Accumulated work from genesis up to and including this block.' })
  declare readonly work: bigint;

  @Field(() => UInt64, { description: 'What the proof of work searched for.' })
  declare readonly nonce: bigint;

  @Field(() => Address, { description: 'Receives subsidy + fees, by rule: the block does not assert its reward.' })
  declare readonly miner: Uint8Array;

  @Field(() => UInt64, { description: 'Subsidy + fees.' })
  declare readonly reward: bigint;

  @Field(() => Hash, { description: 'RFC 9162 Merkle tree root of the transactions and their signatures.' })
  declare readonly transactionsRoot: Uint8Array;

  @Field(() => Int, { description: 'Number of transactions.' })
  declare readonly transactionCount: number;

  @Field(() => Base64, {
    description:
      'All transactions in the encoding of docs/protocol.md, one after another: what sync reads, a third of the size of the same in JSON.',
  })
  declare readonly body: Uint8Array;

  @Field(() => TransactionConnection, {
    description: 'In the order they were applied. At most 100 a page, 20 by default.',
  })
  declare readonly transactions: unknown;

  @Field(() => Int, { description: "Bytes, as the network's maximum counts them." })
  declare readonly size: number;

  @Field(() => Int, { description: '1 for the tip, 0 for a block that is not on the best chain.' })
  declare readonly confirmations: number;
}

@ObjectType({ description: 'A signed transfer.', simpleResolvers: true })
export class Transaction implements Pick<DomainTransaction, keyof UnsignedTransaction | 'signature' | 'id'> {
  @Field(() => Hash, { description: 'Hash of the signed payload.' })
  declare readonly id: Uint8Array;

  @Field(() => Address, { description: 'The account that pays and signs.' })
  declare readonly sender: Uint8Array;

  @Field(() => Address, { description: 'The account that receives `amount`.' })
  declare readonly recipient: Uint8Array;

  @Field(() => UInt64, { description: 'Base units, at least 1.' })
  declare readonly amount: bigint;

  @Field(() => UInt64, { description: 'Base units for the miner, paid by the sender on top of `amount`.' })
  declare readonly fee: bigint;

  @Field(() => UInt64, { description: "Sender's sequence number, from 0, without gaps." })
  declare readonly nonce: bigint;

  @Field(() => String, { description: 'At most 64 bytes of UTF-8, public.' })
  declare readonly memo: string;

  @Field(() => Signature, { description: "The sender's signature of the payload." })
  declare readonly signature: Uint8Array;

  @Field(() => TransactionStatus, { description: 'Where it is now.' })
  declare readonly status: unknown;

  @Field(() => TransactionProof, {
    nullable: true,
    description:
      'Proof that the transaction is in its block, checkable against the header alone; null while it is pending.',
  })
  declare readonly proof: unknown;
}

@ObjectType({ description: 'In the mempool, ready to be mined.', simpleResolvers: true })
export class TransactionPending implements Pick<PendingTransaction, 'since'> {
  @Field(() => DateTime, { description: 'When this node accepted it.' })
  declare readonly since: number;
}

@ObjectType({ description: 'Held back: an earlier nonce of the same sender is missing.', simpleResolvers: true })
export class TransactionQueued implements Pick<PendingTransaction, 'since' | 'missingNonce'> {
  @Field(() => DateTime, { description: 'When this node accepted it.' })
  declare readonly since: number;

  @Field(() => UInt64, { description: 'The nonce that must come first.' })
  declare readonly missingNonce: bigint;
}

@ObjectType({ description: 'On the best chain.', simpleResolvers: true })
export class TransactionConfirmed implements Omit<ConfirmedTransaction, 'transaction'> {
  @Field(() => Block, { description: 'The block that holds it.' })
  declare readonly block: StoredHeader;

  @Field(() => Int, { description: 'Position in the block, from 0.' })
  declare readonly index: number;

  @Field(() => Int, { description: '1 in the tip, one more with each block after it.' })
  declare readonly confirmations: number;
}

@ObjectType({
  description:
    'Left the mempool unmined: replaced, conflicting, expired, evicted, or invalid after a reorganization. Also: known only from a block off the best chain.',
  simpleResolvers: true,
})
export class TransactionDropped {
  @Field(() => Rejected, { description: 'Why.' })
  declare readonly reason: Rejection;

  @Field(() => DateTime, { nullable: true, description: 'When; null for one that was never in this mempool.' })
  declare readonly at: number | undefined;
}

export const TransactionStatus = createUnionType({
  name: 'TransactionStatus',
  description: 'Where a transaction is: what a client that waits for its confirmation watches.',
  types: () => [TransactionPending, TransactionQueued, TransactionConfirmed, TransactionDropped] as const,
  resolveType: (status: object) => {
    if ('block' in status) return 'TransactionConfirmed';
    if ('reason' in status) return 'TransactionDropped';
    return 'missingNonce' in status && status.missingNonce !== undefined ? 'TransactionQueued' : 'TransactionPending';
  },
});

@ObjectType({ description: 'RFC 9162 audit path.', simpleResolvers: true })
export class TransactionProof implements Omit<ConfirmedTransaction, 'transaction'> {
  @Field(() => Block, { description: 'Its header has the `transactionsRoot` and `transactionCount` to check against.' })
  declare readonly block: StoredHeader;

  @Field(() => Int, { description: 'Position in the block, from 0.' })
  declare readonly index: number;

  @Field(() => Hash, { description: 'SHA-256(0x00 ‖ transaction id ‖ signature).' })
  declare readonly leaf: Uint8Array;

  @Field(() => [Hash], { description: 'Sibling hashes, leaf to root.' })
  declare readonly path: readonly Uint8Array[];
}

export const BlockConnection = connectionType('Block', 'blocks', () => Block);
export const TransactionConnection = connectionType('Transaction', 'transactions', () => Transaction);
