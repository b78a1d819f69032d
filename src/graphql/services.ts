import type { Chain } from '../chain/chain.js';
import type { Network } from '../consensus/network.js';
import type { Admission } from '../mempool/admission.js';
import type { Mempool } from '../mempool/mempool.js';
import type { Miner } from '../mining/miner.js';
import type { PeerExchange } from '../peers/discovery/peerExchange.js';
import type { PeerStatus } from '../peers/peer.js';
import type { PeerSet } from '../peers/peerSet.js';
import type { CompactBlocks } from '../peers/relay/compactBlocks.js';
import type { Gossip } from '../peers/relay/gossip.js';
import type { Relay } from '../peers/relay/relay.js';
import type { Offers } from '../peers/sync/offers.js';
import type { Sync } from '../peers/sync/sync.js';
import type { Payments } from '../wallet/payments.js';
import type { NodeWallet } from '../wallet/wallet.js';
import type { BlockCache } from './blockCache.js';
import type { BudgetKind } from './limits.js';
import type { Activity } from './live/activity.js';
import type { NodeDescription } from './types/node.js';

/** A request for an admin operation. */
export interface AdminRequest {
  /** Name of the field. */
  readonly operation: string;
  /** Address that it came from: the proxy's, behind one that is not trusted. */
  readonly from: string;
  /** Name of the admin token that it carried, if it carried one. */
  readonly token: string | undefined;
}

/** Takes what the operator's token was used for, and requests that lacked it. */
export interface Audit {
  /** Allowed; `outcome` is `done`, or the code of the rejection or error. The arguments hold no secret. */
  performed(request: AdminRequest & { readonly arguments: Record<string, unknown>; readonly outcome: string }): void;
  /** Refused: without a token, or with one that lacks the scope. */
  refused(request: AdminRequest): void;
}

/** What the operator of a node looks at. */
export interface OperatorView {
  vitals(): Vitals;
  /** The last lines of the log, at most so many, the oldest first. */
  log(last: number): readonly LogLine[];
  /** The budgets that are spent most, at most MAX_SPENDERS, the one with the least share left first. */
  spenders(): readonly Spender[];
}

/** How a node is. Bytes and milliseconds. */
export interface Vitals {
  readonly hindrances: readonly Hindrance[];
  /** The longest hold of the event loop in each of the last seconds, the oldest first. */
  readonly loopHoldsMs: readonly number[];
  /** Of the engine's heap, with the buffers outside it. */
  readonly memoryBytes: number;
  /** At which the heap is full. */
  readonly heapLimitBytes: number;
  readonly queues: readonly WorkQueue[];
  readonly databases: readonly DatabaseState[];
  /** Of the file system that holds the data; undefined while the system does not say. */
  readonly diskFreeBytes: number | undefined;
  readonly diskTotalBytes: number | undefined;
}

/** Why others should not be sent to this node now. */
export interface Hindrance {
  readonly code: string;
  readonly message: string;
}

/** Work that waits. */
export interface WorkQueue {
  readonly name: string;
  readonly items: number;
}

export interface DatabaseState {
  readonly name: string;
  readonly fileBytes: number;
  readonly usedBytes: number;
  readonly liveBytes: number;
  readonly views: number;
}

/** What a user spent of a budget of one kind. */
export interface Spender {
  /** As a refusal names it: an address, a network, or a peer by its id. */
  readonly user: string;
  readonly kind: BudgetKind;
  /** 0 or below: its requests are refused. */
  readonly left: number;
  readonly burst: number;
  /** Refusals for this kind, since it is remembered. */
  readonly refused: number;
}

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: string;
  readonly message: string;
  /** In JSON. */
  readonly details: string;
}

/** A part of the node that may be in another process: its methods may take a while. */
export type Remote<Part> = {
  readonly [Name in keyof Part]: Part[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Result | Promise<Awaited<Result>>
    : Part[Name];
};

/** What of a peer decides how its requests are met. */
export interface KnownPeer {
  readonly status: PeerStatus;
}

/** The peers, as the API shows them; what a request itself needs to know is at hand. */
export interface PeerDirectory extends Remote<Pick<PeerSet, 'list' | 'add' | 'remove'>> {
  /** A node that has proven this hexadecimal id asks. */
  contacted(id: string): void;
  byId(id: string): KnownPeer | undefined;
}

/** Everything that resolvers call: of the node's parts only the members used here. */
export interface Services {
  readonly network: Network;
  readonly chain: Pick<Chain, 'snapshot' | 'isWorking'>;
  /** What requests have computed of blocks. */
  readonly blocks: BlockCache;
  readonly relay: Pick<Relay, 'submit' | 'receiveTransactions' | 'announcedTransactions' | 'receiveBlock' | 'refused'>;
  readonly admission: Pick<Admission, 'check'>;
  readonly payments: Pick<Payments, 'send'>;
  readonly mempool: MempoolView;
  readonly gossip: Pick<Gossip, 'deliveries'>;
  readonly peers: PeerDirectory;
  /** The nodes that this one deals with. */
  readonly members: { admits(id: string | undefined): boolean };
  readonly exchange: Pick<PeerExchange, 'announced'>;
  readonly sync: Remote<Pick<Sync, 'progress' | 'resolutionNeeded' | 'resolve'>>;
  /** Blocks that are announced by the short ids of their transactions. */
  readonly compactBlocks: Pick<CompactBlocks, 'announced' | 'completed'>;
  /** Branches of nodes that this one cannot ask. */
  readonly offers: Pick<Offers, 'begin' | 'headers' | 'bodies'>;
  /** Whether blocks come at present. */
  readonly pulse: () => PulseReading | Promise<PulseReading>;
  readonly miner: Remote<Pick<Miner, 'isMining' | 'start' | 'stop' | 'mineBlocks'>>;
  readonly wallet: Remote<Omit<NodeWallet, 'sign'>>;
  readonly audit: Audit;
  readonly operator: Remote<OperatorView>;
  /** What subscriptions listen to. */
  readonly activity: Activity;
  readonly info: NodeDescription;
  /** Signature by this node's key that proves its id to whoever chose the challenge. */
  prove(challenge: Uint8Array): Promise<Uint8Array>;
}

export type MempoolView = Pick<
  Mempool,
  | 'size'
  | 'bytes'
  | 'maxSize'
  | 'maxBytes'
  | 'minimumFee'
  | 'get'
  | 'dropped'
  | 'page'
  | 'bySender'
  | 'outgoing'
  | 'incoming'
  | 'nextNonce'
>;

/** Whether blocks come. */
export interface PulseReading {
  /** When the tip became this node's, by its clock; after a start, the timestamp of the tip. Milliseconds since 1970. */
  readonly lastBlockAt: number;
  /** The same by a clock that is never set. */
  readonly secondsSinceBlock: number;
  /** No block for much longer than blocks take, and somebody could bring one. */
  readonly standstill: boolean;
}
