import { MAX_SIDE_TIPS } from '../chain/sideBranches.js';
import {
  MAX_BATCH_TRANSACTIONS,
  MAX_BODIES,
  MAX_HEADERS,
  MAX_LOCATOR_HASHES,
  MAX_URL_LENGTH,
} from '../consensus/protocol.js';
import { MAX_MEMO_BYTES } from '../consensus/transaction.js';
import { MAX_MINED_BLOCKS } from '../mining/miner.js';
import { MAX_PEERS } from '../peers/peerSet.js';
import { BUDGET_KINDS } from './limits.js';
import { MAX_LOG_LINES, MAX_SPENDERS } from './page.js';

/**
 * What fields cost: microseconds of a reference machine, one of two shared cores, on full blocks. test/graphql/prices.test.ts fails
 * where a price and the processor's time part by more than three times; `npm run bench -- prices` shows both.
 */

/** A value, by its type: made, checked and written. */
const VALUE_PRICES: Readonly<Record<string, number>> = {
  Address: 4.4,
  Signature: 2.2,
  Hash: 1.8,
  ID: 1.8,
  DateTime: 2.2,
  UInt64: 0.9,
  BigUInt: 0.9,
  Base64: 1.7,
  PeerUrl: 1.1,
  String: 1.1,
  Int: 0.6,
  Float: 0.8,
  Boolean: 0.5,
};
/** An object, a list, or a value of any other type. */
const OTHER_PRICE = 1.4;
/** A character of a field's name or alias, which the answer repeats. */
const NAME_PRICE = 0.006;

/** Fields that read or compute something, by `Type.field`: besides their value. */
export const FIELD_PRICES: Readonly<Record<string, number>> = {
  'Query.chain': 4,
  'Query.block': 15,
  'Query.transaction': 30,
  'Query.balance': 14,
  'Query.checkTransaction': 110,
  'Query.nodeInfo': 9,
  'Query.wallet': 7,
  'Query.vitals': 7,
  'Query.spenders': 18,
  'Chain.genesis': 8,
  'Chain.difficulty': 2,
  'Chain.blocks': 22,
  'ChainTip.forkHeight': 3,
  'ChainTip.branchLength': 2,
  'Block.id': 0.8,
  'Block.difficulty': 0.8,
  'Block.confirmations': 9,
  'Block.transactions': 12,
  'Block.reward': 22,
  'Block.body': 22,
  'Transaction.status': 45,
  'Transaction.proof': 60,
  'TransactionProof.path': 28,
  'TransactionConfirmed.confirmations': 14,
  'Rejected.message': 1.5,
  'Rejected.pending': 4,
  'Balance.transactions': 50,
  'Balance.id': 3,
  'Balance.asOf': 1.5,
  'Balance.available': 1.1,
  'Balance.incoming': 1.1,
  'Balance.nextNonce': 1.1,
  'BlockConnection.nodes': 2,
  'BlockConnection.edges': 3,
  'BlockConnection.pageInfo': 5,
  'BlockConnection.totalCount': 1,
  'TransactionConnection.nodes': 2,
  'TransactionConnection.edges': 3,
  'TransactionConnection.pageInfo': 5,
  'BalanceConnection.nodes': 2,
  'BalanceConnection.edges': 3,
  'BalanceConnection.pageInfo': 5,
  'PageInfo.hasNextPage': 25,
  'PageInfo.hasPreviousPage': 25,
  'Mempool.transactions': 12,
  'NodeInfo.proof': 82,
  'NodeInfo.limits': 2,
  'Wallet.balance': 12,
  'BlocksWanted.headersAfter': 85,
  'BlocksWanted.bodies': 110,
  'Subscription.blockAdded': 9,
  'Subscription.chainReorganized': 1,
  'Subscription.peerChanged': 1,
  'Subscription.transactionAdded': 7,
  'Subscription.transactionStatus': 4,
  'Subscription.balanceChanged': 7,
  'Mutation.startMining': 18,
  'Mutation.stopMining': 18,
  'Mutation.resolveConflicts': 9,
  'Mutation.addPeer': 24,
  'Mutation.removePeer': 20,
  'Mutation.createWallet': 18,
  'Mutation.unlockWallet': 16,
  'Mutation.lockWallet': 10,
};

/** An item of a list, read whether it is selected or not: by `Type.field`, or else by the type of a connection. */
const ITEM_PRICES: Readonly<Record<string, number>> = {
  BlockConnection: 8,
  TransactionConnection: 7,
  'Balance.transactions': 35,
  'Mempool.transactions': 1,
  BalanceConnection: 8,
  'BlockConnection.edges': 2.2,
  'TransactionConnection.edges': 2.2,
  'BalanceConnection.edges': 2.2,
  'Query.blocks': 8,
  'Chain.headersAfter': 7,
  'Chain.tips': 8,
  'Mutation.mineBlocks': 275,
};

/** The argument that says how long a list will be. */
export const SIZE_ARGUMENTS: Readonly<Record<string, string>> = {
  'Query.balances': 'addresses',
  'Query.blocks': 'hashes',
  'Query.log': 'last',
  'Chain.headersAfter': 'first',
  'Mutation.addTransactions': 'transactions',
  'Mutation.receiveBroadcastTransactions': 'transactions',
  'Mutation.mineBlocks': 'count',
};

/** Fixed sizes of plain lists, and the most that their arguments can ask for. */
export const LIST_BOUNDS: Readonly<Record<string, number>> = {
  'Query.blocks': MAX_BODIES,
  'Query.peers': MAX_PEERS,
  'Query.log': MAX_LOG_LINES,
  'Query.spenders': MAX_SPENDERS,
  'Limits.budgets': BUDGET_KINDS.length,
  'Vitals.hindrances': 8,
  'Vitals.loopHoldsMs': 60,
  'Vitals.queues': 8,
  'Vitals.databases': 2,
  'Chain.headersAfter': MAX_HEADERS,
  'Chain.tips': MAX_SIDE_TIPS + 1,
  'TransactionAccepted.deliveries': MAX_PEERS,
  'BlockAccepted.deliveries': MAX_PEERS,
  'TransactionsReceived.alreadyKnown': MAX_BATCH_TRANSACTIONS,
  'TransactionsWanted.missing': MAX_BATCH_TRANSACTIONS,
  'TransactionInterest.wanted': MAX_BATCH_TRANSACTIONS,
  'TransactionInterest.later': MAX_BATCH_TRANSACTIONS,
  'TransactionsReceived.refused': MAX_BATCH_TRANSACTIONS,
  'Resolution.asked': MAX_PEERS,
  'Mutation.addTransactions': MAX_BATCH_TRANSACTIONS,
  'Mutation.receiveBroadcastTransactions': MAX_BATCH_TRANSACTIONS,
  'Mutation.mineBlocks': MAX_MINED_BLOCKS,
};

/** Lists of the schema itself: what they have on average. Most types wrap no other, and queries ask for the one in it nine times over. */
export const SCHEMA_SIZES: Readonly<Record<string, number>> = {
  '__Schema.types': 98,
  '__Schema.directives': 6,
  '__Type.fields': 5,
  '__Type.inputFields': 0.5,
  '__Type.enumValues': 1,
  '__Type.interfaces': 0.1,
  '__Type.possibleTypes': 0.3,
  '__Field.args': 0.5,
  '__Type.ofType': 0.5,
};

/** Most bytes of a value in an answer, by its type. What bodies take is counted when they are read. */
const VALUE_BYTES: Readonly<Record<string, number>> = {
  Address: 72,
  Signature: 130,
  Hash: 66,
  ID: 72,
  DateTime: 26,
  UInt64: 22,
  BigUInt: 80,
  Base64: 2,
  PeerUrl: MAX_URL_LENGTH + 2,
  String: 130,
  Int: 11,
  Float: 24,
  Boolean: 5,
};
/** A sentence, as errors have them at most. */
const SENTENCE_BYTES = 600;
/** Of fields with more bytes than their type says. */
const FIELD_BYTES: Readonly<Record<string, number>> = {
  // Each of 64 may be written as an escape of six.
  'Transaction.memo': 6 * MAX_MEMO_BYTES,
  'TransactionProof.path': 32 * 67,
  'BlocksWanted.headersAfter': MAX_LOCATOR_HASHES * 67,
  'BlocksWanted.bodies': MAX_BODIES * 67,
  'TransactionsReceived.alreadyKnown': MAX_BATCH_TRANSACTIONS * 4,
  'TransactionsWanted.missing': MAX_BATCH_TRANSACTIONS * 6,
  'TransactionInterest.wanted': MAX_BATCH_TRANSACTIONS * 4,
  'TransactionInterest.later': MAX_BATCH_TRANSACTIONS * 4,
  'Vitals.loopHoldsMs': 60 * 25,
  'Rejected.message': SENTENCE_BYTES,
  'SyncProgress.reason': SENTENCE_BYTES,
  'Peer.lastError': SENTENCE_BYTES,
  'Hindrance.message': SENTENCE_BYTES,
  // A peer's id, or an IPv6 network, with a word or two.
  'Spender.user': 72,
  'LogLine.message': 4_096,
  'LogLine.details': 4 * 4_096,
};

/** What an operation is measured by, as its schema and arguments say: a sum over all that it selects. */
export interface Tariff {
  /** A character of a field's name or alias, which the answer repeats. */
  readonly character: number;
  /** Of any value, besides what its type takes. */
  readonly field: number;
  /** A field as it is selected, once for all values that it has. */
  readonly selection: number;
  /** A value, by its type. */
  readonly values: Readonly<Record<string, number>>;
  /** A value of an enumeration. */
  readonly word: number;
  /** An object or a list. */
  readonly object: number;
  /** A value in a list. */
  readonly item: number;
  /** Fields besides their value, and items of lists, by `Type.field`. */
  readonly fields: Readonly<Record<string, number>>;
  readonly items: Readonly<Record<string, number>>;
}

/** Microseconds that an operation takes. */
export const TIME: Tariff = {
  character: NAME_PRICE,
  field: 0,
  selection: 0.8,
  values: VALUE_PRICES,
  word: OTHER_PRICE,
  object: OTHER_PRICE,
  item: 0.4,
  fields: FIELD_PRICES,
  items: ITEM_PRICES,
};
/** Most bytes of its answer. */
export const SIZE: Tariff = {
  character: 1,
  // Quotes, colon and comma.
  field: 4,
  selection: 0,
  values: VALUE_BYTES,
  word: 32,
  object: 3,
  // Fields with such lists have their bytes.
  item: 0,
  fields: FIELD_BYTES,
  items: {},
};
