import { Event } from '../util/event.js';
import { normalizePeerUrl } from './address.js';
import {
  duplicateRefusal,
  handshakeRefusal,
  type Identity,
  type Peer,
  type PeerOrigin,
  PeerRefusedError,
  provenId,
} from './peer.js';
import { PeerState, type PeerRecord } from './peerState.js';
import type { DatedClock, HandshakeAnswer, Log, PeerClientPort } from './ports.js';
import { isSilence, PeerError, type PeerMisdeed } from './standing.js';

export const MAX_PEERS = 128;
/** Of them those that no operator added, bans included. */
export const MAX_LEARNED = 64;

export interface PeerSetOptions extends Identity {
  /** Pause between handshakes with a connected peer. */
  readonly handshakeIntervalMs: number;
}

export interface PeerSetModules {
  readonly connect: (url: string, origin: PeerOrigin) => PeerClientPort;
  readonly store: {
    load(): PeerRecord[];
    save(record: PeerRecord): Promise<void>;
    remove(url: string): Promise<void>;
  };
  readonly clock: DatedClock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Messages that wait to be sent to a peer. */
  readonly queued: (state: PeerState) => number;
}

/**
 * The nodes that this one sends to, by normalised URL. The operator's are at most MAX_PEERS, one more is refused; learned ones at
 * most MAX_LEARNED of them, where the ban that ends first makes room or the newcomer is refused, and they make room for the
 * operator's. A peer that does not answer is asked again, ever more rarely; this node itself is not kept, nor one of another chain when it is
 * added, unless the settings name it.
 */
export class PeerSet {
  /** A peer answered a handshake. */
  readonly greeted = new Event<PeerState>();
  /** Anything of a peer that is not its latency changed. */
  readonly changed = new Event<PeerState>();
  /** A peer was removed from the list. */
  readonly removed = new Event<PeerState>();
  readonly #options: PeerSetOptions;
  readonly #modules: PeerSetModules;
  readonly #peers = new Map<string, PeerState>();
  /** Of addresses that are no peers yet. */
  readonly #trying = new Set<PeerClientPort>();
  readonly #greeting = new Map<PeerState, Promise<void>>();

  /** Starts with the stored peers. It sends nothing before `tick`. */
  constructor(options: PeerSetOptions, modules: PeerSetModules) {
    this.#options = options;
    this.#modules = modules;
    for (const record of modules.store.load()) {
      this.#create(record.url, record.origin ?? 'operator').restore(record);
    }
  }

  list(): readonly Peer[] {
    return this.all().map((state) => state.toPeer());
  }

  all(): PeerState[] {
    return [...this.#peers.values()];
  }

  /** The peer with this node id, if one has proven it. */
  byId(id: string): PeerState | undefined {
    return this.all().find((state) => state.id === id);
  }

  /**
   * Adds a peer and greets it. Idempotent. One that does not answer is kept and asked again, and the ban of one that was banned is
   * over. Throws RangeError for what is no URL, and PeerRefusedError, which it logs, for this node itself, a peer's second address,
   * another chain, or one too many; then nothing is kept. With `keepsForeign`, one of another chain stays, INCOMPATIBLE, and is asked again.
   */
  async add(text: string, { keepsForeign = false } = {}): Promise<Peer> {
    const url = normalizePeerUrl(text);
    const known = this.#peers.get(url);
    if (known?.status === 'BANNED') known.pardon();
    if (known) known.origin = 'operator';
    else if (!this.#makeRoom('operator')) {
      const refusal = new PeerRefusedError('PEER_LIMIT', `expected at most ${MAX_PEERS} peers, got one more`);
      this.#modules.log.warn({ peer: url, reason: refusal.message }, 'peer refused');
      throw refusal;
    }
    const state = known ?? this.#create(url, 'operator');
    await this.greet(state);
    if (state.refusal && !(keepsForeign && state.refusal.code === 'WRONG_CHAIN')) {
      await this.#forget(state);
      throw state.refusal;
    }
    // Unless it was removed again while it was greeted.
    if (this.#isPeer(state)) await this.#modules.store.save(state.toRecord());
    return state.toPeer();
  }

  /**
   * Greets an address that this node learned from others, and makes it a peer if it answers as a node of this chain that is not a peer
   * yet (and proves this id, where one is given). Until then nothing but the handshake is sent to it. False otherwise; never rejects.
   */
  async learn(url: string, origin: Exclude<PeerOrigin, 'operator'>, id?: string): Promise<boolean> {
    const { connect, clock } = this.#modules;
    const started = clock.elapsed();
    const client = connect(url, origin);
    this.#trying.add(client);
    const answer = await client.handshake().catch((error: unknown) => {
      if (error instanceof PeerError) return undefined;
      throw error;
    });
    this.#trying.delete(client);
    const proven = answer && provenId(answer, url, origin);
    const refusal = answer && handshakeRefusal(answer, proven, this.#options);
    if (refusal?.code === 'COPIED_KEY') this.#modules.log.warn({ peer: url }, refusal.message);
    const isNew = answer && !refusal && !this.#peers.has(url) && !(answer.proven && this.byId(answer.id));
    if (!isNew || (id !== undefined && proven !== id) || !this.#makeRoom(origin)) {
      await client.close();
      return false;
    }
    const state = this.#create(url, origin, client);
    state.answer = answer;
    state.id = proven;
    state.scheduleHandshake(this.#options.handshakeIntervalMs, this.#modules.random);
    this.succeeded(state, clock.elapsed() - started);
    this.greeted.emit(state);
    return true;
  }

  /** Drops a peer that this node needs no more. Never rejects. */
  async drop(state: PeerState): Promise<void> {
    const { log } = this.#modules;
    await this.#forget(state).catch((error: unknown) => log.warn({ err: error }, 'a peer was not removed from disk'));
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
    const now = this.#modules.clock.elapsed();
    for (const state of this.all().filter(({ status, banEnd }) => status === 'BANNED' && banEnd <= now)) {
      // It may be learned again like any other.
      if (state.origin !== 'operator') void this.drop(state);
      else state.pardon();
    }
    await Promise.all(this.all().map((state) => (state.nextHandshake <= now ? this.greet(state) : undefined)));
  }

  /** Shakes hands now, unless it is banned; never rejects: what came of it is in the state. Calls while one is under way share it. */
  greet(state: PeerState): Promise<void> {
    if (state.status === 'BANNED') return Promise.resolve();
    const greeting = this.#greeting.get(state) ?? this.#greet(state).finally(() => this.#greeting.delete(state));
    this.#greeting.set(state, greeting);
    return greeting;
  }

  /** The node with this proven id sent something: if it is a peer that seemed gone, it is greeted once half the pause is over. */
  contacted(id: string): void {
    const state = this.byId(id);
    if (state?.status !== 'UNREACHABLE') return;
    if (state.earliestHandshake <= this.#modules.clock.elapsed()) void this.greet(state);
    else state.nextHandshake = Math.min(state.nextHandshake, state.earliestHandshake);
  }

  /** A request took its time and was answered. */
  succeeded(state: PeerState, latencyMs: number): void {
    if (!this.#isPeer(state)) return;
    state.answered(latencyMs);
    if (state.answer && !state.refusal) this.#settle(state, state.apply('answered'));
  }

  /** The peer gave what this node had use for: its standing recovers a little. */
  useful(state: PeerState): void {
    if (this.#isPeer(state) && state.recover()) this.#save(state);
  }

  /** Takes a misdeed off the peer's standing, and bans it where that is used up. The log may be told more than the API shows. */
  blame(state: PeerState, misdeed: PeerMisdeed, reason: string, told = reason): void {
    if (!this.#isPeer(state)) return;
    state.blamed(misdeed, { reason, told }, this.#modules.log);
    if (!isSilence(misdeed) || state.status === 'BANNED') this.#save(state);
    this.changed.emit(state);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#trying, ...this.all().map(({ client }) => client)].map((client) => client.close()));
  }

  async #greet(state: PeerState): Promise<void> {
    const { clock } = this.#modules;
    const started = clock.elapsed();
    try {
      const answer = await state.client.handshake();
      // A peer that was removed meanwhile has a closed client, so its greeting must not be announced.
      if (this.#isPeer(state)) await this.#greeted(state, answer, clock.elapsed() - started);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      if (error.misdeed === 'malformed') state.apply('malformed');
      // Of an address that never answered as a node, what it says is not for everybody: it may be no node at all.
      this.blame(state, error.misdeed, state.answer ? error.message : error.ownWords, error.message);
      state.scheduleHandshake(this.#options.handshakeIntervalMs, this.#modules.random);
    }
  }

  async #greeted(state: PeerState, answer: HandshakeAnswer, latencyMs: number): Promise<void> {
    const { log } = this.#modules;
    state.answer = answer;
    const id = provenId(answer, state.url, state.origin);
    const refusal = (state.refusal = handshakeRefusal(answer, id, this.#options) ?? this.#identify(state, id));
    // Nothing went wrong since the handshake before: whatever comes next is news.
    if (state.status === 'CONNECTED') state.toldError = undefined;
    const isNew = state.apply(refusal ? 'refused' : 'accepted');
    if (refusal && state.status === 'INCOMPATIBLE') {
      state.lastError = refusal.message;
      if (refusal.code !== 'SELF') state.tell((...line) => log.warn(...line), 'peer refused', refusal.message);
    }
    state.answered(latencyMs);
    this.#settle(state, isNew);
    state.scheduleHandshake(this.#options.handshakeIntervalMs, this.#modules.random);
    if (refusal?.code === 'SELF') {
      log.warn({ peer: state.url }, 'a peer is this node itself: removed');
      await this.drop(state);
    } else if (state.status === 'CONNECTED') {
      this.greeted.emit(state);
    }
  }

  /** It answered: its log line if it is connected, and what follows from a new status. */
  #settle(state: PeerState, isNew: boolean): void {
    if (state.status === 'CONNECTED') state.connected(isNew, (...line) => this.#modules.log.info(...line));
    if (!isNew) return;
    this.#save(state);
    this.changed.emit(state);
  }

  /** Gives the peer the id that it proved; or says at which address its node is a peer already. */
  #identify(state: PeerState, id: string | undefined): PeerRefusedError | undefined {
    const holder = id === undefined ? undefined : this.byId(id);
    if (holder && holder !== state) {
      state.id = undefined;
      const refusal = duplicateRefusal(state, holder);
      if (refusal) return refusal;
      holder.id = undefined;
      if (holder.origin !== 'operator') void this.drop(holder);
    }
    state.id = id;
    return undefined;
  }

  /** False for one that was removed while something was under way to it. */
  #isPeer(state: PeerState): boolean {
    return this.#peers.get(state.url) === state;
  }

  #save(state: PeerState): void {
    const { store, log } = this.#modules;
    store.save(state.toRecord()).catch((error: unknown) => log.warn({ err: error }, 'a peer was not saved'));
  }

  #create(url: string, origin: PeerOrigin, client = this.#modules.connect(url, origin)): PeerState {
    const state = new PeerState(url, origin, { ...this.#modules, client });
    this.#peers.set(url, state);
    return state;
  }

  async #forget(state: PeerState): Promise<void> {
    if (!this.#peers.delete(state.url)) return;
    this.removed.emit(state);
    await this.#modules.store.remove(state.url);
    await state.client.close();
  }

  /**
   * False if there is no room for one more of this origin. At the bound a learned peer makes room: the one whose ban ends first, and for
   * the operator's any.
   */
  #makeRoom(origin: PeerOrigin): boolean {
    const learned = this.all().filter((state) => state.origin !== 'operator');
    if (this.#peers.size < MAX_PEERS && (origin === 'operator' || learned.length < MAX_LEARNED)) return true;
    const [least] = learned.sort((a, b) => (a.bannedUntil ?? Infinity) - (b.bannedUntil ?? Infinity) || 0);
    if (!least || (origin !== 'operator' && least.status !== 'BANNED')) return false;
    void this.drop(least);
    return true;
  }
}
