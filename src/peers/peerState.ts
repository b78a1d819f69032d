import type { Peer, PeerOrigin, PeerStatus } from './peer.js';
import type { HandshakeAnswer, PeerClientPort } from './ports.js';

/** What is remembered of a peer across restarts. */
export interface PeerRecord {
  readonly url: string;
  /** Absent: the operator's. */
  readonly origin?: PeerOrigin;
  readonly standing: number;
  /** Milliseconds since 1970. */
  readonly bannedUntil?: number;
  readonly lastSeen?: number;
}

/** One peer, as it changes. Only PeerSet writes it. */
export class PeerState {
  readonly url: string;
  readonly client: PeerClientPort;
  origin: PeerOrigin;
  status: PeerStatus = 'CONNECTING';
  /** Of its last handshake. */
  answer: HandshakeAnswer | undefined;
  /** Milliseconds since 1970. */
  lastSeen: number | undefined;
  /** The same moment by the clock that never jumps. */
  lastAnswer: number | undefined;
  consecutiveFailures = 0;
  standing = 0;
  /** Milliseconds since 1970. */
  bannedUntil: number | undefined;
  /** The same moment by the clock that never jumps. */
  banEnd = 0;
  /** When the next handshake is due, by the clock that never jumps. */
  nextHandshake = -Infinity;
  /** Asked by Gossip: messages that wait for it. */
  queued: () => number = () => 0;
  readonly #latencies: number[] = [];

  constructor(url: string, client: PeerClientPort, origin: PeerOrigin) {
    this.url = url;
    this.client = client;
    this.origin = origin;
  }

  /** A round trip took this many milliseconds. The last LATENCIES count. */
  measured(latencyMs: number): void {
    this.#latencies.push(latencyMs);
    if (this.#latencies.length > LATENCIES) this.#latencies.shift();
  }

  toPeer(): Peer {
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    return {
      url: this.url,
      status: this.status,
      height: this.answer?.height,
      version: this.answer?.version,
      lastSeen: this.lastSeen,
      latencyMs: median === undefined ? undefined : Math.round(median),
      consecutiveFailures: this.consecutiveFailures,
      standing: this.standing,
      bannedUntil: this.bannedUntil,
      queued: this.queued(),
    };
  }

  toRecord(): PeerRecord {
    return {
      url: this.url,
      origin: this.origin,
      standing: this.standing,
      ...(this.bannedUntil !== undefined && { bannedUntil: this.bannedUntil }),
      ...(this.lastSeen !== undefined && { lastSeen: this.lastSeen }),
    };
  }
}

const LATENCIES = 16;
