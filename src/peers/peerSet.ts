import { Event } from '../util/event.js';
import { PeerRefusedError, type Peer } from './peer.js';
import type { HandshakeAnswer } from './peerClient.js';
import { PeerError } from './peerError.js';
import { PeerState, type PeerRecord } from './peerState.js';
import { normalizePeerUrl } from './peerUrl.js';
import type { Log, PeerClientPort } from './ports.js';
import { BAN_MS, BAN_STANDING, penaltyOf, type PeerMisdeed } from './standing.js';

export interface PeerSetOptions {
  readonly ownId: string;
  /** Hexadecimal. */
  readonly chainId: string;
  readonly protocolVersion: number;
  /** Pause between handshakes with a connected peer. */
  readonly handshakeIntervalMs: number;
}

export interface PeerSetModules {
  readonly connect: (url: string) => PeerClientPort;
  readonly store: {
    load(): PeerRecord[];
    save(record: PeerRecord): Promise<void>;
    remove(url: string): Promise<void>;
  };
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
}

/**
 * The peers of this node, by normalised URL: at most MAX_PEERS, one more is refused. A peer that does not answer is kept and asked
 * again, ever more rarely; one of another chain, or this node itself, is not kept.
 */
export class PeerSet {
  /** A peer answers after it did not, or for the first time. */
  readonly connected = new Event<PeerState>();
  /** A peer answered a handshake. */
  readonly greeted = new Event<PeerState>();
  /** Anything of a peer that is not its latency changed. */
  readonly changed = new Event<PeerState>();
  /** A peer is no peer any more. */
  readonly removed = new Event<PeerState>();
  readonly #options: PeerSetOptions;
  readonly #modules: PeerSetModules;
  readonly #peers = new Map<string, PeerState>();
  readonly #greeting = new Map<PeerState, Promise<void>>();

  /** Starts with the peers of the store; none is asked before `tick`. */
  constructor(options: PeerSetOptions, modules: PeerSetModules) {
    this.#options = options;
    this.#modules = modules;
    for (const record of modules.store.load()) {
      const state = this.#create(record.url);
      state.standing = record.standing;
      state.lastSeen = record.lastSeen;
      state.bannedUntil = record.bannedUntil;
      if (record.bannedUntil !== undefined) state.status = 'BANNED';
    }
  }

  list(): readonly Peer[] {
    return this.all().map((state) => state.toPeer());
  }

  all(): PeerState[] {
    return [...this.#peers.values()];
  }

  /** The peer with this node id, if one has shown it. */
  byId(id: string): PeerState | undefined {
    return this.all().find((state) => state.answer?.id === id);
  }

  /**
   * Adds a peer and greets it. Idempotent. One that does not answer is kept and asked again. Throws RangeError for what is no
   * URL, PeerRefusedError for this node itself, another chain, a banned peer, or one too many; then nothing is kept.
   */
  async add(text: string): Promise<Peer> {
    const url = normalizePeerUrl(text);
    const known = this.#peers.get(url);
    if (known?.status === 'BANNED') throw new PeerRefusedError('BANNED', `${url} is banned for what it sent`);
    if (!known && this.#peers.size >= MAX_PEERS) {
      throw new PeerRefusedError('PEER_LIMIT', `expected at most ${MAX_PEERS} peers, got one more`);
    }
    const state = known ?? this.#create(url);
    await this.greet(state);
    const refusal = this.#refusal(state.answer);
    if (refusal) {
      await this.#forget(state);
      throw refusal;
    }
    // Unless it was removed again while it was greeted.
    if (this.#isPeer(state)) await this.#modules.store.save(state.toRecord());
    return state.toPeer();
  }

  /** False if it was no peer. */
  async remove(text: string): Promise<boolean> {
    const state = this.#peers.get(normalizePeerUrl(text));
    if (!state) return false;
    await this.#forget(state);
    return true;
  }

  /** Shakes hands with every peer that is due. Call it every second or so. */
  async tick(): Promise<void> {
    const now = this.#modules.now();
    for (const state of this.all()) if (state.status === 'BANNED') this.#endBan(state, now);
    const due = this.all().filter((state) => state.status !== 'BANNED' && state.nextHandshake <= now);
    await Promise.all(due.map((state) => this.greet(state)));
  }

  /** Shakes hands now; never rejects: what came of it is in the state. Calls while one is under way share it. */
  greet(state: PeerState): Promise<void> {
    let greeting = this.#greeting.get(state);
    if (!greeting) {
      greeting = this.#greet(state).finally(() => this.#greeting.delete(state));
      this.#greeting.set(state, greeting);
    }
    return greeting;
  }

  /** A node with this id sent something: if it is a peer that seemed gone, it is greeted at once. */
  contacted(id: string): void {
    const state = this.byId(id);
    if (state?.status === 'UNREACHABLE') void this.greet(state);
  }

  /** A request took its time and was answered. */
  succeeded(state: PeerState, latencyMs: number): void {
    if (!this.#isPeer(state)) return;
    state.measured(latencyMs);
    state.lastSeen = this.#modules.now();
    state.consecutiveFailures = 0;
    if (state.standing < 0) state.standing += 1;
    // A ban is not lifted by what was under way when it began.
    if (!state.answer || (state.status !== 'CONNECTING' && state.status !== 'UNREACHABLE')) return;
    state.status = 'CONNECTED';
    this.#modules.log.info({ peer: state.url }, 'peer connected');
    this.#save(state);
    this.changed.emit(state);
    this.connected.emit(state);
  }

  /** Takes a misdeed off the peer's standing, and bans it where that is used up. */
  blame(state: PeerState, misdeed: PeerMisdeed, reason: string): void {
    if (!this.#isPeer(state)) return;
    const { log, now } = this.#modules;
    state.standing -= penaltyOf(misdeed);
    const silent = misdeed === 'unreachable' || misdeed === 'timedOut';
    if (silent) state.consecutiveFailures++;
    if (silent && state.status !== 'BANNED') {
      if (state.status !== 'UNREACHABLE') log.info({ peer: state.url, reason }, 'peer unreachable');
      state.status = 'UNREACHABLE';
    }
    if (state.standing <= BAN_STANDING && state.status !== 'BANNED') {
      state.status = 'BANNED';
      state.bannedUntil = now() + BAN_MS;
      log.warn({ peer: state.url, misdeed, reason }, 'peer banned');
    }
    if (!silent || state.status === 'BANNED') this.#save(state);
    this.changed.emit(state);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await Promise.all(this.all().map((state) => state.client.close()));
  }

  async #greet(state: PeerState): Promise<void> {
    const { now, random, log } = this.#modules;
    const started = now();
    let refusal: PeerRefusedError | undefined;
    try {
      state.answer = await state.client.handshake();
      refusal = this.#refusal(state.answer);
      if (refusal && state.status !== 'BANNED') state.status = 'INCOMPATIBLE';
      else if (state.status === 'INCOMPATIBLE') state.status = 'CONNECTING';
      this.succeeded(state, now() - started);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      this.blame(state, error.fault, error.message);
      if (state.status === 'CONNECTING') state.status = 'UNREACHABLE';
    }
    const pause = Math.min(RETRY_MS * 2 ** Math.min(state.consecutiveFailures, 10), MAX_RETRY_MS);
    const interval = state.consecutiveFailures === 0 ? this.#options.handshakeIntervalMs : pause;
    // Up to a quarter more, so that nodes started together do not stay in step.
    state.nextHandshake = now() + interval * (1 + random() / 4);
    if (refusal?.code === 'SELF') {
      log.warn({ peer: state.url }, 'a peer is this node itself: removed');
      await this.#forget(state).catch((error: unknown) => log.warn({ err: error }, 'a peer was not removed from disk'));
    } else if (state.status === 'CONNECTED') {
      this.greeted.emit(state);
    }
  }

  #refusal(answer: HandshakeAnswer | undefined): PeerRefusedError | undefined {
    if (!answer) return undefined;
    const { ownId, chainId, protocolVersion } = this.#options;
    if (answer.id === ownId) return new PeerRefusedError('SELF', 'expected another node, got this node itself');
    if (answer.chainId !== chainId) {
      return new PeerRefusedError('WRONG_CHAIN', `expected a node of chain ${chainId}, got one of ${answer.chainId}`);
    }
    if (answer.protocolVersion === protocolVersion) return undefined;
    return new PeerRefusedError(
      'WRONG_CHAIN',
      `expected protocol version ${protocolVersion}, got ${answer.protocolVersion}`,
    );
  }

  /** False for one that was removed while something was under way to it. */
  #isPeer(state: PeerState): boolean {
    return this.#peers.get(state.url) === state;
  }

  #save(state: PeerState): void {
    const { store, log } = this.#modules;
    store.save(state.toRecord()).catch((error: unknown) => log.warn({ err: error }, 'a peer was not saved'));
  }

  #create(url: string): PeerState {
    const state = new PeerState(url, this.#modules.connect(url));
    this.#peers.set(url, state);
    return state;
  }

  async #forget(state: PeerState): Promise<void> {
    if (!this.#peers.delete(state.url)) return;
    this.removed.emit(state);
    await this.#modules.store.remove(state.url);
    await state.client.close();
  }

  #endBan(state: PeerState, now: number): void {
    if (state.bannedUntil !== undefined && state.bannedUntil > now) return;
    state.bannedUntil = undefined;
    state.standing = 0;
    state.status = 'CONNECTING';
    state.nextHandshake = now;
  }
}

export const MAX_PEERS = 128;
const RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;
