import { type ClassType, createUnionType, Field, Int, ObjectType } from 'type-graphql';
import type { StoredHeader } from '../../chain/chainStore.js';
import type * as chain from '../../chain/outcome.js';
import type { Rejection } from '../../consensus/rejection.js';
import type { Transaction as DomainTransaction } from '../../consensus/transaction.js';
import type * as peers from '../../peers/peer.js';
import type { Wanted } from '../../peers/ports.js';
import type * as compact from '../../peers/relay/compactBlocks.js';
import { DeliveryOutcome } from './enums.js';
import { Peer, Wallet } from './node.js';
import { Hash, UInt64 } from './scalars.js';
import type { Accepted } from '../../mempool/submission.js';
import type { MineOutcome } from '../../mining/miner.js';
import type * as sync from '../../peers/sync/resolution.js';
import { Block, Rejected, Transaction } from './ledger.js';

/** What mutations answer: expected failures are data, so every result is a union with Rejected. */

@ObjectType({
  description:
    "What one peer answered. DECLINED is the original system's 400 or 500, UNREACHABLE its ConnectionError; neither undoes the local acceptance, and the other peers still get it.",
  simpleResolvers: true,
})
export class Delivery implements peers.Delivery {
  @Field(() => Peer, { description: 'The peer.' })
  declare readonly peer: peers.Peer;

  @Field(() => DeliveryOutcome, { description: 'What it answered.' })
  declare readonly outcome: peers.DeliveryOutcome;

  @Field(() => Rejected, { nullable: true, description: 'Why it declined; null otherwise.' })
  declare readonly rejected: peers.RemoteRejection | undefined;

  @Field(() => Int, { nullable: true, description: 'Milliseconds until it answered; null if it did not.' })
  declare readonly latencyMs: number | undefined;
}

const DELIVERIES =
  'What each peer answered. Only a client that selects this field waits for the answers, and never longer than the broadcast deadline. Empty where the node relays in the background.';

/** What TransactionAccepted is resolved from. */
export interface AcceptedTransaction extends Accepted {
  /** Relayed, not sent by a client: no client waits for deliveries. */
  readonly background?: boolean;
}

@ObjectType({ description: 'The node holds the transaction, safely on disk.', simpleResolvers: true })
export class TransactionAccepted implements Accepted {
  @Field(() => Transaction, { description: 'The transaction.' })
  declare readonly transaction: DomainTransaction;

  @Field(() => Boolean, {
    description: 'It was in the mempool or on the chain already; nothing changed. Sending twice is always safe.',
  })
  declare readonly alreadyKnown: boolean;

  @Field(() => Transaction, {
    nullable: true,
    description: 'The pending transaction whose place it took, as `replaces` asked for; null if it took none.',
  })
  declare readonly replaced: DomainTransaction | undefined;

  @Field(() => [Delivery], { description: DELIVERIES })
  declare readonly deliveries: readonly peers.Delivery[];
}

export const TransactionResult = orRejected('TransactionResult', 'What became of a transaction.', TransactionAccepted);

@ObjectType({ description: 'One of several transactions, which the node does not take.', simpleResolvers: true })
export class TransactionRefused {
  @Field(() => Int, { description: 'Its place among those that came, from 0.' })
  declare readonly index: number;

  @Field(() => Rejected, { description: 'Why.' })
  declare readonly reason: Rejection;
}

@ObjectType({
  description:
    'What became of transactions that came packed. Those that neither list names are accepted, and were new.',
  simpleResolvers: true,
})
export class TransactionsReceived {
  @Field(() => [Int], { description: 'Places, from 0, of those that the node had already.' })
  declare readonly alreadyKnown: readonly number[];

  @Field(() => [TransactionRefused], { description: 'Those that it refused.' })
  declare readonly refused: readonly TransactionRefused[];
}

export const PackedResult = orRejected('PackedResult', 'What became of packed transactions.', TransactionsReceived);

@ObjectType({ description: 'The transaction would be accepted now.', simpleResolvers: true })
export class TransactionValid {
  @Field(() => Hash, { description: 'The id it would have.' })
  declare readonly id: Uint8Array;

  @Field(() => UInt64, { description: 'What the sender could still spend after it.' })
  declare readonly availableAfter: bigint;
}

export const TransactionCheck = orRejected('TransactionCheck', 'What addTransaction would answer.', TransactionValid);

@ObjectType({ description: 'A change of the best chain to another branch.', simpleResolvers: true })
export class Reorganization implements chain.Reorganization {
  @Field(() => Block, { name: 'commonAncestor', simple: false, description: 'Last block that both branches share.' })
  declare readonly forkPoint: StoredHeader;

  @Field(() => Block, { description: 'Tip of the branch that was left.' })
  declare readonly oldTip: StoredHeader;

  @Field(() => Block, { description: 'Tip of the branch that was joined.' })
  declare readonly newTip: StoredHeader;

  @Field(() => Int, { description: 'Blocks that left the best chain.' })
  declare readonly disconnected: number;

  @Field(() => Int, { description: 'Blocks that joined the best chain.' })
  declare readonly connected: number;

  @Field(() => Int, { description: 'Transactions of the old branch put back into the mempool.' })
  declare readonly returned: number;
}

/** What BlockAccepted is resolved from. */
export interface AcceptedBlock {
  readonly block: StoredHeader;
  readonly alreadyKnown: boolean;
  readonly onBestChain: boolean;
  readonly reorganization: chain.Reorganization | undefined;
  /** Relayed, not mined here: no client waits for deliveries. */
  readonly background: boolean;
}

/** A block that was offered or mined, as its mutation answers for it. */
export function blockResult(outcome: MineOutcome, background: boolean): AcceptedBlock | Rejection {
  if (outcome.status === 'rejected' || outcome.status === 'orphan') return outcome.rejection;
  return {
    block: outcome.block,
    alreadyKnown: outcome.status === 'known',
    onBestChain: outcome.status === 'known' ? outcome.onBestChain : outcome.status !== 'sideBranch',
    reorganization: outcome.status === 'reorganized' ? outcome.reorganization : undefined,
    background,
  };
}

@ObjectType({ description: 'The node holds the block, safely on disk.', simpleResolvers: true })
export class BlockAccepted implements Omit<AcceptedBlock, 'background'> {
  @Field(() => Block, { description: 'The block.' })
  declare readonly block: StoredHeader;

  @Field(() => Boolean, { description: 'The node had it before; nothing changed.' })
  declare readonly alreadyKnown: boolean;

  @Field(() => Boolean, { description: 'False: kept on a side branch with less work.' })
  declare readonly onBestChain: boolean;

  @Field(() => Reorganization, { nullable: true, description: 'Set if the best chain changed to another branch.' })
  declare readonly reorganization: chain.Reorganization | undefined;

  @Field(() => [Delivery], { description: DELIVERIES })
  declare readonly deliveries: readonly peers.Delivery[];
}

export const BlockResult = orRejected('BlockResult', 'What became of a block.', BlockAccepted);

@ObjectType({
  description:
    'What a node wants of announced transactions. Those that neither list names it has. Places are counted from 0.',
  simpleResolvers: true,
})
export class TransactionInterest {
  @Field(() => [Int], { description: 'Send these.' })
  declare readonly wanted: readonly number[];

  @Field(() => [Int], { description: 'Another node is to send these: announce them again in a second.' })
  declare readonly later: readonly number[];
}

@ObjectType({ description: 'What a node lacks of a block that was announced to it.', simpleResolvers: true })
export class TransactionsWanted implements compact.TransactionsWanted {
  @Field(() => [Int], {
    nullable: true,
    description:
      'Places, from 0, of the transactions that it lacks: send these with receiveBroadcastBlockTransactions. Null: it wants the block as a whole, with receiveBroadcastBlock.',
  })
  declare readonly missing: readonly number[] | undefined;
}

export const CompactBlockResult = createUnionType({
  name: 'CompactBlockResult',
  description: 'What becomes of a block that was announced.',
  types: () => [BlockAccepted, TransactionsWanted, Rejected] as const,
  resolveType: (result: object) =>
    'code' in result ? 'Rejected' : 'missing' in result ? TransactionsWanted.name : BlockAccepted.name,
});

@ObjectType({
  description:
    'What a node wants next of a branch that another offers it. Neither headers nor bodies: ask again later.',
  simpleResolvers: true,
})
export class BlocksWanted implements Wanted {
  @Field(() => String, { description: 'Names the offer in what follows.' })
  declare readonly offer: string;

  @Field(() => [Hash], {
    nullable: true,
    description: "The headers after the first of these that is on the sender's best chain, or after genesis.",
  })
  declare readonly headersAfter: readonly Uint8Array[] | undefined;

  @Field(() => Int, { description: 'How many headers at most.' })
  declare readonly first: number;

  @Field(() => [Hash], { description: 'The bodies of these blocks.' })
  declare readonly bodies: readonly Uint8Array[];

  @Field(() => Boolean, { description: 'The offer is over: the node has the blocks, cannot follow them, or gave up.' })
  declare readonly isOver: boolean;
}

export const OfferResult = orRejected('OfferResult', 'What becomes of an offer.', BlocksWanted);

@ObjectType({ description: 'What came of asking every peer for a heavier branch.', simpleResolvers: true })
export class Resolution implements sync.Resolution {
  @Field(() => Boolean, { description: 'The best chain changed.' })
  declare readonly replaced: boolean;

  @Field(() => Block, { description: 'The tip now.' })
  declare readonly tip: StoredHeader;

  @Field(() => Reorganization, { nullable: true, description: 'Set if blocks were disconnected.' })
  declare readonly reorganization: chain.Reorganization | undefined;

  @Field(() => [Peer], { description: 'The peers that were asked.' })
  declare readonly asked: readonly peers.Peer[];
}

export const WalletResult = orRejected('WalletResult', 'What became of the wallet.', Wallet);

/** The union of what a field answers; a rejection is told by its code. */
function orRejected(name: string, description: string, type: ClassType) {
  return createUnionType({
    name,
    description,
    types: () => [type, Rejected] as const,
    resolveType: (result: object) => ('code' in result ? 'Rejected' : type.name),
  });
}
