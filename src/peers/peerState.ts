import type { Peer, PeerOrigin, PeerRefusedError, PeerStatus } from './peer.js';
import type { DatedClock, HandshakeAnswer, Log, PeerClientPort } from './ports.js';

/** What is remembered of a peer across restarts. */
export interface PeerRecord {
  readonly url: string;
  /** Absent: the operator's. */
  readonly origin?: PeerOrigin;
  readonly standing: number;
  /** Milliseconds since 1970. */
  readonly bannedUntil?: number;
  readonly lastSeen?: number;
  readonly lastError?: string;
}

/** One peer, as it changes. Only PeerSet changes it. */
export class PeerState {
  readonly url: string;
  readonly client: PeerClientPort;
  origin: PeerOrigin;
  status: PeerStatus = 'CONNECTING';
  /** Its node id, once it has proven it, and no other peer is the same node. */
  id: string | undefined;
  /** Why its last answer does not let it be a peer. */
  refusal: PeerRefusedError | undefined;
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
  /** Why it is not in good standing, or not connected. */
  lastError: string | undefined;
  /** The reason that the log told last, until all was well again for a whole interval. */
  toldError: string | undefined;
  /** When the next handshake is due, by the clock that never jumps. */
  nextHandshake = -Infinity;
  /** Asked by Gossip: messages that wait for it. */
  queued: () => number = () => 0;
  /** The log told that it is connected since it last became so. */
  #isToldConnected = false;
  #nextRecovery = -Infinity;
  readonly #latencies: number[] = [];
  readonly #clock: DatedClock;

  constructor(
    url: string,
    origin: PeerOrigin,
    modules: { readonly client: PeerClientPort; readonly clock: DatedClock },
  ) {
    this.url = url;
    this.origin = origin;
    this.client = modules.client;
    this.#clock = modules.clock;
  }

  /** As it was before a restart. The date may have been set since: no ban becomes longer by that than `longestBan`. */
  restore({ standing, lastSeen, bannedUntil, lastError }: PeerRecord, longestBan: number): void {
    const now = this.#clock.now();
    this.standing = standing;
    this.lastError = lastError;
    this.lastSeen = lastSeen;
    if (lastSeen !== undefined) this.lastAnswer = this.#clock.elapsed() - Math.max(0, now - lastSeen);
    if (bannedUntil !== undefined) this.ban(Math.min(Math.max(0, bannedUntil - now), longestBan));
  }

  /** It answered just now, after so many milliseconds. */
  answered(latencyMs: number): void {
    this.measured(latencyMs);
    this.lastSeen = this.#clock.now();
    this.lastAnswer = this.#clock.elapsed();
    this.consecutiveFailures = 0;
    if (this.standing === 0 && this.status !== 'INCOMPATIBLE') this.lastError = undefined;
  }

  /**
   * It answered as a peer; true if it is only now connected. The log tells that, after an outage once all has been well for a whole
   * interval: of a peer that goes again at once for the same reason, it has no other line.
   */
  connected(write: Log['info']): boolean {
    const isNew = this.status !== 'CONNECTED';
    this.status = 'CONNECTED';
    if (isNew) this.#isToldConnected = false;
    if (!this.#isToldConnected && this.toldError === undefined) {
      this.#isToldConnected = true;
      write({ peer: this.url }, 'peer connected');
    }
    return isNew;
  }

  /** One line for each reason, not for each time: a proxy that refuses every block would fill the log. */
  tell(write: Log['info'], message: string, reason: string): void {
    if (this.toldError === reason) return;
    this.toldError = reason;
    write({ peer: this.url, reason }, message);
  }

  ban(milliseconds: number): void {
    this.status = 'BANNED';
    this.bannedUntil = this.#clock.now() + milliseconds;
    this.banEnd = this.#clock.elapsed() + milliseconds;
  }

  /** Its ban is over, and it begins anew. */
  pardon(): void {
    this.status = 'CONNECTING';
    this.standing = 0;
    this.bannedUntil = undefined;
    this.lastError = undefined;
    this.toldError = undefined;
    this.nextHandshake = this.#clock.elapsed();
  }

  /** A round trip took this many milliseconds. The last LATENCIES count. */
  measured(latencyMs: number): void {
    this.#latencies.push(latencyMs);
    if (this.#latencies.length > LATENCIES) this.#latencies.shift();
  }

  /**
   * A point of its standing comes back, at most one each RECOVERY_MS; true if one did. Handshakes earn nothing: silence and claims
   * would be free.
   */
  recover(): boolean {
    const elapsed = this.#clock.elapsed();
    if (this.standing >= 0 || elapsed < this.#nextRecovery) return false;
    this.standing++;
    this.#nextRecovery = elapsed + RECOVERY_MS;
    return true;
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
      lastError: this.lastError,
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
      ...(this.status === 'BANNED' && this.lastError !== undefined && { lastError: this.lastError }),
    };
  }
}

const LATENCIES = 16;
const RECOVERY_MS = 60_000;

/**
 * Milliseconds until the next handshake with a peer that left so many in a row unanswered, and last answered `awayMs` ago: a
 * hundredth of its absence at most, so that a short partition is over soon after it ended, and a long one costs little meanwhile.
 */
export function retryPause(failures: number, awayMs: number): number {
  const longest = Math.min(Math.max(awayMs / 100, SHORT_RETRY_MS), MAX_RETRY_MS);
  return Math.min(RETRY_MS * 2 ** Math.min(failures, 10), longest);
}

const RETRY_MS = 500;
const SHORT_RETRY_MS = 4_000;
const MAX_RETRY_MS = 60_000;
