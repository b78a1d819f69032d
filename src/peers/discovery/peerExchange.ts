import { isBelievable, networkOf, normalizePeerUrl } from '../address.js';
import type { PeerSet } from '../peerSet.js';
import type { PeerState } from '../peerState.js';
import type { Clock } from '../ports.js';
import { PeerError } from '../standing.js';
import { AddressBook } from './addressBook.js';

/** Peers that a node keeps by itself where nothing else is set. */
export const OUTBOUND = 8;
/** Twice what comes on average where everybody draws OUTBOUND. */
export const MAX_ANNOUNCED = 16;
export const MAX_ANNOUNCED_A_NETWORK = 2;
export const MAX_ANNOUNCEMENTS = 32;
/** A learned peer that has not answered for so long is dropped. */
export const GONE_MS = 10 * 60 * 1000;
/** Between two questions to one peer; up to a quarter more, so that nodes do not stay in step. */
export const INTERVAL_MS = 10 * 60 * 1000;
/** The same while peers are missing. */
export const SHORT_INTERVAL_MS = 60 * 1000;
/** Characters of a URL that a stranger tells of: what is kept of strangers is small. */
const MAX_LEARNED_LENGTH = 500;
/** Stands for a teller that could be anywhere. */
const PUBLIC_TELLER = 'https://node.example/graphql';

export interface PeerExchangeOptions {
  /** Peers that this node keeps connected by itself, as far as it knows that many, the operator's counted; 0 learns none. */
  readonly outbound: number;
  /** The URL at which others reach this node, normalised; undefined where it is not announced. */
  readonly publicUrl: string | undefined;
}

export interface PeerExchangeModules {
  readonly peers: Pick<PeerSet, 'all' | 'byId' | 'learn' | 'drop' | 'succeeded' | 'blame'>;
  readonly clock: Pick<Clock, 'elapsed'>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/**
 * Finds peers: asks those there are for theirs, keeps what is believable in a bounded book, and draws from it until `outbound`
 * peers are connected. A node that makes itself known becomes a peer beside them, so that relay goes both ways, but never in the
 * place of one that this node has drawn: whoever comes with many names cannot surround it (eclipse attack).
 */
export class PeerExchange {
  readonly #options: PeerExchangeOptions;
  readonly #modules: PeerExchangeModules;
  readonly #book = new AddressBook();
  readonly #nextQuestion = new WeakMap<PeerState, number>();
  /** URLs that are being greeted, and why. */
  readonly #dialing = new Map<string, 'chosen' | 'announced'>();
  /** URL → node id of those that made themselves known; at MAX_ANNOUNCEMENTS one more is ignored, and comes again by itself. */
  readonly #announcements = new Map<string, string>();

  /** Since when somebody has answered at each tick. */
  #onlineSince: number | undefined;

  constructor(options: PeerExchangeOptions, modules: PeerExchangeModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Does not draw the address of a removed peer for a while. */
  avoid(url: string): void {
    this.#book.avoid(url, this.#modules.clock.elapsed());
  }

  /**
   * A request named its sender and where that can be reached. Remembered until the next tick if there can be anything in it; for
   * what scope such a URL is believed, this node's own public URL is the teller: there the sender reached this node.
   */
  announced(text: string, id: string): void {
    const { outbound, publicUrl } = this.#options;
    if (outbound === 0 || this.#announcements.size >= MAX_ANNOUNCEMENTS || this.#modules.peers.byId(id)) return;
    const url = readUrl(text);
    if (url === undefined || !isBelievable(url, publicUrl ?? PUBLIC_TELLER) || !this.#free()(url)) return;
    this.#announcements.set(url, id);
  }

  /** Asks, drops and greets what is due. Call it every second or so; never rejects. */
  async tick(): Promise<void> {
    const { outbound } = this.#options;
    if (outbound === 0) return;
    const drawn = [...this.#dialing.values()].filter((origin) => origin === 'chosen');
    const missing = outbound - this.#kept().length - drawn.length;
    await Promise.all([
      ...this.#gone().map((state) => this.#modules.peers.drop(state)),
      ...this.#due().map((state) => this.#ask(state)),
      ...this.#draw(missing).map((url) => this.#dial(url, 'chosen')),
      this.#greetAnnounced(),
    ]);
  }

  /** Connected peers, and those that a restart left and that have not been tried yet, without those that came by themselves. */
  #kept(): PeerState[] {
    return this.#modules.peers
      .all()
      .filter(({ origin, status }) => origin !== 'announced' && (status === 'CONNECTED' || status === 'CONNECTING'));
  }

  /** While no peer answers, this node itself is cut off: it drops no peer then, nor before all had time to come back. */
  #isOnline(): boolean {
    return this.#modules.peers.all().some(({ status }) => status === 'CONNECTED');
  }

  /** Learned peers that have not answered for long, or are of another chain now. */
  #gone(): PeerState[] {
    const now = this.#modules.clock.elapsed();
    this.#onlineSince = this.#isOnline() ? (this.#onlineSince ?? now) : undefined;
    if (this.#onlineSince === undefined) return [];
    const before = this.#onlineSince <= now - GONE_MS ? now - GONE_MS : -Infinity;
    return this.#modules.peers
      .all()
      .filter(({ origin, status }) => origin !== 'operator' && status !== 'BANNED')
      .filter(
        ({ status, lastAnswer }) =>
          status === 'INCOMPATIBLE' || (status === 'UNREACHABLE' && (lastAnswer ?? 0) <= before),
      );
  }

  /** Peers to be asked now. Those that came by themselves are asked only while there are too few others. */
  #due(): PeerState[] {
    const now = this.#modules.clock.elapsed();
    const enough = this.#kept().length >= this.#options.outbound;
    return this.#modules.peers
      .all()
      .filter(({ status, origin }) => status === 'CONNECTED' && !(enough && origin === 'announced'))
      .filter((state) => (this.#nextQuestion.get(state) ?? -Infinity) <= now);
  }

  async #ask(state: PeerState): Promise<void> {
    const { peers, clock, random } = this.#modules;
    const started = clock.elapsed();
    const interval = this.#kept().length < this.#options.outbound ? SHORT_INTERVAL_MS : INTERVAL_MS;
    this.#nextQuestion.set(state, started + interval * (1 + random() / 4));
    try {
      const urls = await state.client.connectedPeers();
      peers.succeeded(state, clock.elapsed() - started);
      const known = urls.map(readUrl).filter((url) => url !== undefined);
      this.#book.add(
        state.url,
        known.filter((url) => isBelievable(url, state.url)),
      );
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      peers.blame(state, error.misdeed, error.message);
    }
  }

  /** Addresses to be greeted: those of networks without a peer of this node first, for they are what costs an attacker. */
  #draw(count: number): string[] {
    const { random } = this.#modules;
    const isFree = this.#free();
    const drawn = new Set<string>();
    const networks = new Set([...this.#kept().map(({ url }) => url), ...this.#dialing.keys()].map(networkOf));
    while (drawn.size < count) {
      const isLeft = (url: string) => isFree(url) && !drawn.has(url);
      const isElsewhere = (url: string) => isLeft(url) && !networks.has(networkOf(url));
      const url = this.#book.pick(isElsewhere, random) ?? this.#book.pick(isLeft, random);
      if (url === undefined) break;
      drawn.add(url);
      networks.add(networkOf(url));
    }
    return [...drawn];
  }

  /** One a tick: strangers must not make this node send requests at a rate of their choice. */
  async #greetAnnounced(): Promise<void> {
    const [next] = this.#announcements;
    if (!next) return;
    const [url, id] = next;
    this.#announcements.delete(url);
    const others = this.#modules.peers
      .all()
      .filter(({ origin, status }) => origin === 'announced' && status !== 'BANNED');
    const near = others.filter((other) => networkOf(other.url) === networkOf(url));
    if (others.length >= MAX_ANNOUNCED || near.length >= MAX_ANNOUNCED_A_NETWORK || !this.#free()(url)) return;
    await this.#dial(url, 'announced', id);
  }

  async #dial(url: string, origin: 'chosen' | 'announced', id?: string): Promise<void> {
    this.#dialing.set(url, origin);
    const isPeer = await this.#modules.peers.learn(url, origin, id).finally(() => this.#dialing.delete(url));
    if (!isPeer && this.#isOnline()) this.avoid(url);
  }

  /** Tells of an address whether there is nothing yet between it and this node. */
  #free(): (url: string) => boolean {
    const now = this.#modules.clock.elapsed();
    const taken = new Set([...this.#modules.peers.all().map(({ url }) => url), ...this.#dialing.keys()]);
    return (url) => url !== this.#options.publicUrl && !taken.has(url) && !this.#book.isAvoided(url, now);
  }
}

function readUrl(text: string): string | undefined {
  if (text.length > MAX_LEARNED_LENGTH || !URL.canParse(text)) return undefined;
  try {
    return normalizePeerUrl(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
