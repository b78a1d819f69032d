import type { Block, BlockHeader } from '../consensus/block.js';
import type { Transaction } from '../consensus/transaction.js';
import type { Interest, Outcome } from './client/wire.js';

/** The answer of a peer to a handshake: its claims about itself. */
export interface HandshakeAnswer {
  readonly id: string;
  /** It signed this node's challenge with the key that its id is. */
  readonly proven: boolean;
  /** Random, new at each start: distinguishes a node from another with a copy of its key. */
  readonly instance?: string | undefined;
  /** Where it can be reached, as it says. */
  readonly publicUrl?: string | undefined;
  readonly chainId: string;
  readonly version: string;
  readonly protocolVersion: number;
  readonly height: number;
  readonly work: bigint;
  /** Hexadecimal hash of its tip. */
  readonly tip: string;
}

/** The requests that this layer makes to a peer: PeerClient over HTTP, or a test's own. */
export interface PeerClientPort {
  handshake(): Promise<HandshakeAnswer>;
  connectedPeers(): Promise<string[]>;
  sendTransactions(transactions: readonly Transaction[]): Promise<Outcome[]>;
  /** What the peer wants of the transactions with these ids, in order. */
  announceTransactions(ids: readonly Uint8Array[]): Promise<Interest[]>;
  sendBlock(block: Block): Promise<Outcome>;
  headersAfter(locator: readonly Uint8Array[], first: number): Promise<BlockHeader[]>;
  bodies(hashes: readonly Uint8Array[]): Promise<(Transaction[] | undefined)[]>;
  /** Offers this node's best chain: what the peer wants of it; undefined if it refuses. */
  offer(tip: BlockHeader): Promise<Wanted | undefined>;
  sendHeaders(offer: string, headers: readonly BlockHeader[]): Promise<Wanted | undefined>;
  sendBodies(offer: string, bodies: readonly OfferedBody[]): Promise<Wanted | undefined>;
  /** A page of what is pending there, best paid first. */
  pending(after: string | undefined): Promise<PendingPage>;
  close(): Promise<void>;
}

export interface PendingPage {
  /** Transactions that are pending in all. */
  readonly size: number;
  readonly transactions: readonly Transaction[];
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined;
}

/** The next part of an offered branch to be sent. If neither headers nor bodies are wanted, ask again, unless the offer is over. */
export interface Wanted {
  /** Names the offer in what follows. */
  readonly offer: string;
  /** The headers after the first of these that is on the sender's best chain, up to `first`. */
  readonly headersAfter: readonly Uint8Array[] | undefined;
  readonly first: number;
  /** The bodies of the blocks of these hashes. */
  readonly bodies: readonly Uint8Array[];
  readonly isOver: boolean;
}

/** A body as it was sent, not yet looked at. */
export interface SentBody {
  readonly hash: Uint8Array;
  readonly transactions: readonly Transaction[] | undefined;
}

/** Transactions of a block, as bytes. */
export interface OfferedBody {
  readonly hash: Uint8Array;
  readonly body: Uint8Array;
}

/** The log that this layer writes for the operator. */
export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Time, as far as waiting for a peer needs it: no time of day, which people and services set. */
export interface Clock {
  /** Milliseconds that never jump; only differences count. */
  elapsed(): number;
  /** Resolves after so many milliseconds, or at once when it is aborted; never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Time and the date beside it, for what is shown and stored. */
export interface DatedClock extends Pick<Clock, 'elapsed'> {
  /** Milliseconds since 1970. */
  now(): number;
}

/** One request to a peer. */
export interface PeerRequest {
  readonly path: string;
  readonly method: 'POST';
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal | null;
}

/** An answer, of the peer or of a proxy before it. */
export interface PeerResponse {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** The way to one peer: an undici Pool, or a test's own. */
export interface PeerConnection {
  request(request: PeerRequest): Promise<PeerResponse>;
  /** Requests under way fail. */
  destroy(): Promise<void>;
}
