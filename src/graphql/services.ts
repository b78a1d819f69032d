import type { ChainSnapshot } from '../chain/chainStore.js';
import type { AddBlockOutcome } from '../chain/outcome.js';
import type { Block, BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import type { Submission, SubmitOutcome } from '../mempool/admission.js';
import type { DroppedTransaction, PendingTransaction } from '../mempool/ports.js';
import type { MineOutcome } from '../mining/miner.js';
import type { Delivery, Peer } from '../peers/peer.js';
import type { OfferedBody, Wanted } from '../peers/ports.js';
import type { Resolution } from '../peers/sync/resolution.js';
import type { SyncProgress } from '../peers/sync/sync.js';
import type { Payment } from '../wallet/payments.js';
import type { WalletState } from '../wallet/wallet.js';
import type { NodeDescription } from './types/node.js';
import type { Activity } from './live/activity.js';
import type { Place, PlacedTransaction } from '../mempool/miningList.js';
import type { PageRequest } from '../util/pages.js';

/** A request for an admin operation. */
export interface AdminRequest {
  /** Name of the field. */
  readonly operation: string;
  /** Address that it came from: the proxy's, behind one. */
  readonly from: string;
}

/** Takes what the operator's token was used for, and requests that lacked it. */
export interface Audit {
  /** Allowed; `outcome` is `done`, or the code of the rejection or error. The arguments hold no secret. */
  performed(request: AdminRequest & { readonly arguments: Record<string, unknown>; readonly outcome: string }): void;
  /** Refused: without the token. */
  refused(request: AdminRequest): void;
}

/** Everything that resolvers call: ports of the node's parts, with only the members used here. */
export interface Services {
  readonly network: Network;
  readonly chain: {
    /** The view of the current tip, retained for the caller: one for each request. */
    snapshot(): ChainSnapshot;
  };
  readonly relay: {
    /** A client's transactions: checks, admits, persists, announces; replaces only what each names. One outcome each, in order. */
    submit(submissions: readonly Submission[]): Promise<SubmitOutcome[]>;
    /**
     * Transactions forwarded by the node `giver`, if it said so, which does not get them back: as `submit`, but each may replace any
     * pending transaction of its nonce that pays enough less.
     */
    receiveTransactions(transactions: readonly Transaction[], giver: string | undefined): Promise<SubmitOutcome[]>;
    /** A block forwarded by the node `giver`. */
    receiveBlock(block: Block, giver: string | undefined): Promise<AddBlockOutcome>;
  };
  readonly admission: {
    /** What `submit` would answer, without doing it. */
    check(submission: Submission): Promise<Rejection | undefined>;
  };
  readonly payments: {
    /** The node's wallet fills in sender and nonce and signs; then as `submit`. */
    send(payment: Payment): Promise<SubmitOutcome>;
  };
  readonly mempool: MempoolView;
  readonly gossip: {
    /** What each peer answered to a transaction or block announced just now; empty if nothing is under way. */
    deliveries(id: Uint8Array): Promise<readonly Delivery[]>;
  };
  readonly peers: {
    list(): readonly Peer[];
    /** Idempotent; throws PeerRefusedError. */
    add(url: string): Promise<Peer>;
    remove(url: string): Promise<boolean>;
    /** A request named its sender by node id, so that node is up. */
    contacted(id: string): void;
  };
  readonly exchange: {
    /** A request named its sender: a node id, and the URL that it can be reached at, unchecked. */
    announced(url: string, id: string): void;
  };
  readonly sync: {
    progress(): SyncProgress;
    resolutionNeeded(): boolean;
    /** Asks every peer for a heavier branch now. */
    resolve(): Promise<Resolution>;
  };
  /** Branches of nodes that this one cannot ask. */
  readonly offers: {
    begin(tip: BlockHeader): Promise<Wanted | Rejection>;
    headers(offer: string, headers: readonly BlockHeader[]): Promise<Wanted>;
    bodies(offer: string, bodies: readonly OfferedBody[]): Promise<Wanted>;
  };
  /** Whether blocks come at present. */
  readonly pulse: () => PulseReading;
  readonly miner: {
    readonly mining: boolean;
    start(): Rejection | undefined;
    stop(): void;
    /** Mines blocks in a row, one outcome each; stops after the first rejection. */
    mineBlocks(count: number): Promise<MineOutcome[]>;
  };
  readonly wallet: {
    /** Undefined: this node has none. */
    state(): WalletState | undefined;
    create(passphrase: string): Promise<WalletState | Rejection>;
    unlock(passphrase: string): Promise<WalletState | Rejection>;
    lock(): WalletState | Rejection;
  };
  readonly audit: Audit;
  /** What subscriptions listen to. */
  readonly activity: Activity;
  readonly info: NodeDescription;
  /** Signature by this node's key that proves its id to whoever chose the challenge. */
  prove(challenge: Uint8Array): Uint8Array;
}

export interface MempoolView {
  readonly size: number;
  readonly bytes: number;
  readonly maxSize: number;
  readonly maxBytes: number;
  /** Lowest fee that an ordinary transaction would be admitted with now. */
  minimumFee(): bigint;
  get(id: Uint8Array): PendingTransaction | undefined;
  /** Why and when a transaction left the mempool unmined, while this is remembered. */
  dropped(id: Uint8Array): DroppedTransaction | undefined;
  /** A page of every transaction that can be mined now, in mining order, then those held back. */
  page(request: PageRequest<Place>): PlacedTransaction[];
  /** Transactions of one sender by nonce. */
  bySender(sender: Uint8Array): readonly Transaction[];
  /** Sum of amount + fee of the sender's transactions, and of amounts on their way to the account. */
  outgoing(publicKey: Uint8Array): bigint;
  incoming(publicKey: Uint8Array): bigint;
  /** Next nonce counting transactions that can be mined; undefined if the sender has none here. */
  nextNonce(sender: Uint8Array): bigint | undefined;
}

/** Whether blocks come. */
export interface PulseReading {
  /** When the tip became this node's, by its clock; after a start, the timestamp of the tip. Milliseconds since 1970. */
  readonly lastBlockAt: number;
  /** The same by a clock that is never set. */
  readonly secondsSinceBlock: number;
  /** No block for much longer than blocks take, and somebody could bring one. */
  readonly standstill: boolean;
}
