import { registerEnumType } from 'type-graphql';
import type { BudgetKind } from '../limits.js';
import type { RejectionCode as Code } from '../../consensus/rejection.js';
import type { DeliveryOutcome as Outcome, PeerStatus as Status } from '../../peers/peer.js';
import type { SyncProgress } from '../../peers/sync/sync.js';

/** GraphQL enums of the domain's string unions: the keys are the values, the texts their descriptions. */

export type TipStatus = 'ACTIVE' | 'VALID_FORK' | 'INVALID';

export const ChainTipStatus = graphqlEnum<TipStatus>('ChainTipStatus', 'What the node holds of a chain tip.', {
  ACTIVE: 'The tip of the best chain.',
  VALID_FORK: 'The tip of a side branch: no rule known to be broken, but less work than the best chain.',
  INVALID: 'The tip of a side branch that breaks a rule and will never be connected.',
});

export const SyncStatus = graphqlEnum<SyncProgress['status']>('SyncStatus', 'Where the node stands among its peers.', {
  SYNCED: 'No connected peer shows or offers more work.',
  SYNCING: 'Headers have shown more work, and their blocks are being fetched.',
  BEHIND: 'A connected peer shows or offers more work that the node does not follow now: see `reason`.',
  ISOLATED: 'The node has peers, and none of them is connected: none answers, or each is of another chain.',
});

export const PeerStatus = graphqlEnum<Status | 'REMOVED'>('PeerStatus', 'What the node knows of the way to a peer.', {
  CONNECTING: 'The handshake is under way.',
  CONNECTED: 'The last handshake succeeded.',
  UNREACHABLE: 'It did not answer; it is tried again.',
  INCOMPATIBLE: 'It is on another chain, or speaks another version of the protocol.',
  BANNED: 'It broke the protocol and is left alone for a while.',
  REMOVED: 'It was removed: the last event of `peerChanged` about it.',
});

export const DeliveryOutcome = graphqlEnum<Outcome>('DeliveryOutcome', 'What a peer answered to a message.', {
  ACCEPTED: 'It was new to the peer, and the peer took it.',
  ALREADY_KNOWN: 'The peer had it before.',
  DECLINED: 'The peer refused it: see `rejected`.',
  UNREACHABLE: 'The peer could not be reached, or its answer could not be understood.',
  TIMED_OUT: 'The peer did not answer before the broadcast deadline.',
});

export const RejectionCode = graphqlEnum<Code>('RejectionCode', 'Why something was refused. Codes are stable.', {
  MALFORMED: 'A field does not have the form that the protocol asks for.',
  INVALID_AMOUNT: 'Amount below 1, or amount and fee together 2^63 or above.',
  INVALID_SIGNATURE: 'The signature is not one of this payload by this sender. Also: signed for another chain.',
  INVALID_PROOF_OF_WORK: "The block hash is above the block's target.",
  INVALID_TARGET: 'The target is not the one that the difficulty schedule expects.',
  INVALID_TRANSACTIONS_ROOT: 'The transactions are not those that the header commits to.',
  INVALID_TRANSACTION: 'A transaction of the block breaks a rule: the message says which.',
  INVALID_PARENT: 'The parent, or an ancestor of it, breaks a rule.',
  BLOCK_TOO_LARGE: "The block is above the network's maximum size.",
  WRONG_CHAIN: 'It belongs to another chain.',
  NONCE_TOO_LOW: 'The sender has used this nonce before.',
  NONCE_TOO_HIGH: 'Too many nonces of the sender are missing before this one.',
  NONCE_CONFLICT:
    'A pending transaction has this sender and nonce, and this one does not name it in `replaces` or does not pay enough more to replace it.',
  NOTHING_TO_REPLACE: 'The transaction named in `replaces` is not pending with this sender and nonce.',
  INSUFFICIENT_FUNDS: 'The sender cannot pay amount and fee besides its pending transactions.',
  FEE_TOO_LOW: 'The fee is below the minimum of this node.',
  MEMPOOL_FULL: 'The mempool is full of transactions that pay a better fee rate.',
  SENDER_LIMIT: 'The sender has as many pending transactions as this node holds for one sender.',
  HELD_BACK_LIMIT: 'An earlier nonce of the sender is missing, and there is no room for more that wait for one.',
  EXPIRED: 'It was not mined in time and left the mempool.',
  INVALID_TIMESTAMP: 'The time of the block is not above the median of its ancestors, or too far in the future.',
  UNKNOWN_PARENT: 'The parent block is not known yet; the block is kept until it comes.',
  LOW_WORK:
    'A side block that nobody asked for, whose branch is too far behind to win; it is not kept, and is fetched if the branch becomes the heavier one. No misdeed.',
  TOO_MANY_SIBLINGS:
    'A side block that nobody asked for, whose parent has four side blocks; it is not kept, and is fetched if its branch becomes the heavier one. No misdeed.',
  WALLET_UNAVAILABLE: 'This node has no wallet.',
  WALLET_LOCKED: 'The wallet of this node is locked, or the passphrase is wrong.',
  WALLET_EXISTS: 'This node has a wallet already, and never overwrites one.',
  REQUEST_KEY_USED: 'The request key stands for another payment by the wallet.',
  STORAGE_FULL: 'The disk is full: reads go on, writes are refused.',
  CANCELLED: 'It was given up before it was done.',
});

export const BudgetKinds = graphqlEnum<Uppercase<BudgetKind>>('BudgetKind', 'What a budget is of.', {
  REQUESTS: 'Requests, and operations over a WebSocket.',
  COST: 'Work: microseconds of a reference machine, by the price of operations and what they read.',
  BYTES: 'Bytes of bodies and answers.',
  SIGNATURES: 'Signatures of transactions to be checked, and envelopes.',
  CONNECTIONS: 'New connections.',
  FAULTS:
    'Points for faults: 1 for a request that is refused for what it is, 5 for a forged signature or a malformed transaction, 10 for a block that breaks a rule by its own bytes.',
});

function graphqlEnum<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
): Readonly<Record<Value, Value>> {
  const keys = Object.keys(values) as Value[];
  const enumObject = Object.fromEntries(keys.map((key) => [key, key])) as Record<Value, Value>;
  const valuesConfig = Object.fromEntries(keys.map((key) => [key, { description: values[key] }]));
  registerEnumType(enumObject, {
    name,
    description,
    valuesConfig: valuesConfig as Record<Value, { description: string }>,
  });
  return enumObject;
}
