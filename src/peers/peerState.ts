import {
  nextStatus,
  type Peer,
  type PeerOrigin,
  type PeerRefusedError,
  type PeerStatus,
  type StatusEvent,
} from './peer.js';
import type { DatedClock, HandshakeAnswer, Log, PeerClientPort } from './ports.js';
import { BAN_MS, BAN_STANDING, isSilence, penaltyOf, type PeerMisdeed } from './standing.js';

/** Round trips that the latency is the median of. */
const LATENCY_SAMPLES = 16;
/** Pause between two points of standing that come back. */
const RECOVERY_MS = 60_000;
const RETRY_MS = 500;
const SHORT_RETRY_MS = 4_000;
const MAX_RETRY_MS = 60_000;

/** The part of a peer's state that outlives a restart. */
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
  /** Why the last request that it did not answer had no answer. */
  silence: 'timedOut' | 'unreachable' = 'unreachable';
  standing = 0;
  /** Milliseconds since 1970. */
  bannedUntil: number | undefined;
  /** The same moment by the clock that never jumps. */
  banEnd = 0;
  /** Why it is not in good standing, or not connected. */
  lastError: string | undefined;
  /** The last reason in the log, until the peer has been well for a whole interval. */
  toldError: string | undefined;
  /** When the next handshake is due, by the clock that never jumps. */
  nextHandshake = -Infinity;
  /** When a message of the peer itself may bring the next handshake forward to. */
  earliestHandshake = -Infinity;
  #status: PeerStatus = 'CONNECTING';
  /** The log has a line since the peer last became connected. */
  #isToldConnected = false;
  #nextRecovery = -Infinity;
  /** Handshakes in a row that showed a node that cannot be a peer. */
  #refusals = 0;
  readonly #latencies: number[] = [];
  readonly #clock: DatedClock;
  /** Messages that wait to be sent to a peer. */
  readonly #queued: (state: PeerState) => number;

  constructor(
    url: string,
    origin: PeerOrigin,
    modules: {
      readonly client: PeerClientPort;
      readonly clock: DatedClock;
      readonly queued: (state: PeerState) => number;
    },
  ) {
    this.url = url;
    this.origin = origin;
    this.client = modules.client;
    this.#clock = modules.clock;
    this.#queued = modules.queued;
  }

  get status(): PeerStatus {
    return this.#status;
  }

  /** True if its status changed by this event. */
  apply(event: StatusEvent): boolean {
    const before = this.#status;
    this.#status = nextStatus(before, event);
    return this.#status !== before;
  }

  /** As it was before a restart. The date may have been set since: no ban becomes longer by that than BAN_MS. */
  restore({ standing, lastSeen, bannedUntil, lastError }: PeerRecord): void {
    const now = this.#clock.now();
    this.standing = standing;
    this.lastError = lastError;
    this.lastSeen = lastSeen;
    if (lastSeen !== undefined) this.lastAnswer = this.#clock.elapsed() - Math.max(0, now - lastSeen);
    if (bannedUntil !== undefined) this.#ban(Math.min(Math.max(0, bannedUntil - now), BAN_MS));
  }

  /** It answered just now, after so many milliseconds. */
  answered(latencyMs: number): void {
    this.#latencies.push(latencyMs);
    if (this.#latencies.length > LATENCY_SAMPLES) this.#latencies.shift();
    this.lastSeen = this.#clock.now();
    this.lastAnswer = this.#clock.elapsed();
    this.consecutiveFailures = 0;
    if (this.standing === 0 && this.status !== 'INCOMPATIBLE') this.lastError = undefined;
  }

  /**
   * It answered as a peer, and is connected, `isNew` if only now. The log reports that, after an outage once all has been well for a
   * whole interval: a peer that goes again at once for the same reason has no other line.
   */
  connected(isNew: boolean, write: Log['info']): void {
    if (isNew) this.#isToldConnected = false;
    if (this.#isToldConnected || this.toldError !== undefined) return;
    this.#isToldConnected = true;
    write({ peer: this.url }, 'peer connected');
  }

  /** One line for each reason, not for each time: a proxy that refuses every block would fill the log. */
  tell(write: Log['info'], message: string, reason: string): void {
    if (this.toldError === reason) return;
    this.toldError = reason;
    write({ peer: this.url, reason }, message);
  }

  /** Takes a misdeed off its standing, and bans it where that is used up. */
  blamed(misdeed: PeerMisdeed, { reason, told }: { readonly reason: string; readonly told: string }, log: Log): void {
    const penalty = penaltyOf(misdeed);
    const isSilent = isSilence(misdeed);
    if (isSilent) this.silence = misdeed;
    this.standing -= penalty;
    if (isSilent || penalty > 0) this.lastError = reason;
    if (isSilent) this.consecutiveFailures++;
    if (isSilent && this.status !== 'BANNED') {
      this.tell((...line) => log.info(...line), 'peer unreachable', told);
      this.apply('silent');
    }
    if (this.standing <= BAN_STANDING && this.status !== 'BANNED') {
      this.#ban(BAN_MS);
      log.warn({ peer: this.url, misdeed, reason: told }, 'peer banned');
    } else if (!isSilent && penalty > 0 && this.status !== 'BANNED') {
      this.tell((...line) => log.warn(...line), 'peer blamed', told);
    }
  }

  /** Sets when the next handshake is due: up to a quarter later than the pause, so that nodes started together do not stay in step. */
  scheduleHandshake(intervalMs: number, random: () => number): void {
    const now = this.#clock.elapsed();
    const awayMs = this.lastAnswer === undefined ? Infinity : now - this.lastAnswer;
    this.#refusals = this.#status === 'INCOMPATIBLE' ? this.#refusals + 1 : 0;
    const pause =
      this.consecutiveFailures > 0
        ? retryPause(this.consecutiveFailures, awayMs)
        : Math.min(intervalMs * 2 ** Math.min(Math.max(this.#refusals - 1, 0), 10), MAX_RETRY_MS);
    this.nextHandshake = now + pause * (1 + random() / 4);
    this.earliestHandshake = now + pause / 2;
  }

  #ban(milliseconds: number): void {
    this.apply('banned');
    this.bannedUntil = this.#clock.now() + milliseconds;
    this.banEnd = this.#clock.elapsed() + milliseconds;
  }

  /** Its ban is over, and it begins anew. */
  pardon(): void {
    this.apply('pardoned');
    this.standing = 0;
    this.bannedUntil = undefined;
    this.lastError = undefined;
    this.toldError = undefined;
    this.nextHandshake = this.#clock.elapsed();
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
      queued: this.#queued(this),
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

/**
 * Milliseconds until the next handshake with a peer that left so many in a row unanswered, and last answered `awayMs` ago: a
 * hundredth of its absence at most, so that a short partition is over soon after it ended, and a long one costs little meanwhile.
 */
function retryPause(failures: number, awayMs: number): number {
  const longest = Math.min(Math.max(awayMs / 100, SHORT_RETRY_MS), MAX_RETRY_MS);
  return Math.min(RETRY_MS * 2 ** Math.min(failures, 10), longest);
}
