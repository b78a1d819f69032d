import type { CurrentChain } from '../../chain/chainStore.js';
import { type BlockHeader, decodeBody } from '../../consensus/block.js';
import { checkHeaderAlone } from '../../consensus/headers.js';
import type { Network } from '../../consensus/network.js';
import { OFFER_HOLD_MS, OFFER_PATIENCE_MS } from '../../consensus/protocol.js';
import type { Rejection } from '../../consensus/rejection.js';
import type { Transaction } from '../../consensus/transaction.js';
import { toHex } from '../../crypto/bytes.js';
import type { Clock, Log, OfferedBody, PeerClientPort, SentBody, Wanted } from '../ports.js';
import { PeerError } from '../standing.js';
import type { BodySource } from './bodyDownload.js';
import { showsMoreWork } from './branchDownload.js';
import type { Downloads } from './downloads.js';
import type { Sync } from './sync.js';

const OVER: Wanted = { offer: '', headersAfter: undefined, first: 0, bodies: [], isOver: true };
const MAX_OFFERS = 8;

export interface OffersModules {
  readonly chain: CurrentChain;
  readonly downloads: Downloads;
  readonly sync: Pick<Sync, 'sources' | 'refused'>;
  readonly clock: Clock;
  /** A new name that cannot be guessed. */
  readonly newName: () => string;
  readonly log: Log;
}

interface Offer {
  /** Proven id of the node that makes it; undefined for a stranger's. */
  readonly giver: string | undefined;
  readonly branch: OfferedBranch;
  /** Its headers have shown more work than this node's branch has. */
  isProven: boolean;
}

/**
 * Branches that other nodes offer, because this one cannot ask them: it has no way to them. An offer begins with a header whose proof of work
 * is good, its headers have to show more work before it gets its turn among the downloads, and at most MAX_OFFERS are under way, one of
 * each node that proved its id. The offering node is no peer, so it cannot be blamed: a bad offer just ends.
 */
export class Offers {
  readonly #network: Network;
  readonly #modules: OffersModules;
  readonly #offers = new Map<string, Offer>();
  #isClosed = false;

  constructor(options: { readonly network: Network }, modules: OffersModules) {
    this.#network = options.network;
    this.#modules = modules;
  }

  /** Begins an offer with the header of the sender's tip. Over at once if that is known here, or may be on its way. */
  async begin(tip: BlockHeader, giver: string | undefined): Promise<Wanted | Rejection> {
    const { chain, downloads, clock, newName } = this.#modules;
    const fault = checkHeaderAlone(tip, this.#network);
    if (fault) return fault;
    if (this.#isClosed || chain.read((reader) => reader.header(tip.hash))) return OVER;
    // Whether the branch under way has this tip is known at its end. Until then every node that has it would offer it, and fill the places.
    if (downloads.targetHeight > 0) return OVER;
    if (!this.#makeRoom(giver)) return OVER;
    const name = newName();
    const offer: Offer = { giver, branch: new OfferedBranch(name, { clock }), isProven: false };
    this.#offers.set(name, offer);
    void this.#bring(name, offer, tip);
    return offer.branch.next();
  }

  /** Takes headers that were wanted, perhaps none; answers with the next want. */
  async headers(name: string, headers: readonly BlockHeader[]): Promise<Wanted> {
    const offer = this.#offers.get(name);
    if (!offer) return OVER;
    offer.branch.giveHeaders(headers);
    return offer.branch.next();
  }

  /** Bodies that were wanted; a sender leaves out those that it has no more, or no room for. */
  async bodies(name: string, bodies: readonly OfferedBody[]): Promise<Wanted> {
    const offer = this.#offers.get(name);
    if (!offer) return OVER;
    offer.branch.giveBodies(bodies.map(({ hash, body }) => ({ hash, transactions: this.#decoded(body) })));
    return offer.branch.next();
  }

  /** Ends all, and takes no more. */
  close(): void {
    this.#isClosed = true;
    for (const { branch } of this.#offers.values()) branch.end('the node is stopping');
  }

  /** Never rejects, since its promise is not awaited. */
  async #bring(name: string, offer: Offer, tip: BlockHeader): Promise<void> {
    const { chain, downloads, sync, log } = this.#modules;
    const { branch } = offer;
    const source: BodySource = { client: branch, blame: (_misdeed, reason) => branch.end(reason) };
    try {
      // Before its turn: an offer that has not shown more work must not keep others waiting.
      offer.isProven = await showsMoreWork(this.#network, { chain, client: branch });
      if (!offer.isProven) return;
      await downloads.queue(async () => {
        const sources = () => [source, ...sync.sources()];
        const peer = 'one that offered its branch';
        await downloads.follow({ peer, client: branch, sources, proven: () => undefined });
      });
    } catch (error) {
      if (!(error instanceof PeerError)) {
        log.warn({ err: error }, 'an offered branch was not followed');
      } else if (offer.isProven) {
        sync.refused(tip, { kind: error.misdeed, reason: error.message });
      }
    } finally {
      this.#offers.delete(name);
      branch.end('the offer is over');
    }
  }

  /** Undefined for malformed bytes, which count as a missing body. */
  #decoded(body: Uint8Array): Transaction[] | undefined {
    try {
      return decodeBody(this.#network.chainId, body);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /**
   * False if there is no room. A node's new offer takes the place of its old one; at the bound that goes of those which have not shown more
   * work, the oldest of strangers first, and a stranger takes no other place.
   */
  #makeRoom(giver: string | undefined): boolean {
    const unproven = [...this.#offers].filter(([, { isProven }]) => !isProven);
    const own = giver === undefined ? undefined : unproven.find(([, offer]) => offer.giver === giver);
    if (!own && this.#offers.size < MAX_OFFERS) return true;
    const ofStranger = unproven.find(([, offer]) => offer.giver === undefined);
    const last = own ?? ofStranger ?? (giver === undefined ? undefined : unproven[0]);
    if (!last) return false;
    const [name, { branch }] = last;
    this.#offers.delete(name);
    branch.end('another offer took its place');
    return true;
  }
}

interface Want {
  readonly locator: readonly Uint8Array[] | undefined;
  readonly first: number;
  readonly hashes: readonly Uint8Array[];
  isAsked: boolean;
  readonly give: (sent: readonly BlockHeader[] | readonly SentBody[]) => void;
  readonly fail: (error: Error) => void;
}

/**
 * A branch of a node that cannot be asked: it asks what is wanted, again and again, and sends that. To the download it is a client like that
 * of any peer; its sender has OFFER_PATIENCE_MS for each answer, from when the answer before it came.
 */
export class OfferedBranch implements Pick<PeerClientPort, 'headersAfter' | 'bodies'> {
  readonly #offer: string;
  readonly #clock: Clock;
  /** Oldest first; one at a time is asked for. */
  readonly #wants: Want[] = [];
  #failure: Error | undefined;
  #isOver = false;
  #changed: () => void = () => undefined;
  /** Ends the time that is left for the oldest want. */
  #timer = new AbortController();

  constructor(offer: string, { clock }: { readonly clock: Clock }) {
    this.#offer = offer;
    this.#clock = clock;
  }

  async headersAfter(locator: readonly Uint8Array[], first: number): Promise<BlockHeader[]> {
    return (await this.#want({ locator, first, hashes: [] })) as BlockHeader[];
  }

  async bodies(hashes: readonly Uint8Array[]): Promise<(Transaction[] | undefined)[]> {
    const sent = (await this.#want({ locator: undefined, first: 0, hashes })) as SentBody[];
    const bodies = new Map(sent.map(({ hash, transactions }) => [toHex(hash), transactions]));
    return hashes.map((hash) => bodies.get(toHex(hash)) as Transaction[] | undefined);
  }

  /** Headers came; ignored unless headers were asked for. */
  giveHeaders(headers: readonly BlockHeader[]): void {
    const [want] = this.#wants;
    if (want?.isAsked && want.locator && headers.length <= want.first) this.#give(headers);
  }

  /** Bodies came; ignored unless bodies were asked for. */
  giveBodies(bodies: readonly SentBody[]): void {
    const [want] = this.#wants;
    if (want?.isAsked && !want.locator) this.#give(bodies);
  }

  /** The next want, as soon as it is known, and after OFFER_HOLD_MS at the latest. */
  async next(): Promise<Wanted> {
    if (this.#wants.length === 0 && !this.#isOver) {
      const timer = new AbortController();
      const changed = new Promise<void>((resolve) => (this.#changed = resolve));
      await Promise.race([changed, this.#clock.sleep(OFFER_HOLD_MS, timer.signal)]);
      timer.abort();
    }
    const [want] = this.#isOver ? [] : this.#wants;
    if (want) want.isAsked = true;
    return {
      offer: this.#offer,
      headersAfter: want?.locator,
      first: want?.first ?? 0,
      bodies: want?.hashes ?? [],
      isOver: this.#isOver,
    };
  }

  /** Nothing more is wanted; what still is fails. */
  end(reason: string): void {
    this.#isOver = true;
    this.#failure = new PeerError('timedOut', reason);
    this.#timer.abort();
    for (const { fail } of this.#wants.splice(0)) fail(this.#failure);
    this.#changed();
  }

  async #want(wanted: Pick<Want, 'locator' | 'first' | 'hashes'>): Promise<readonly unknown[]> {
    if (this.#failure) throw this.#failure;
    return new Promise((give, fail) => {
      this.#wants.push({ ...wanted, isAsked: false, give, fail });
      if (this.#wants.length === 1) void this.#limitOldest();
      this.#changed();
    });
  }

  #give(sent: readonly BlockHeader[] | readonly SentBody[]): void {
    this.#wants.shift()!.give(sent);
    void this.#limitOldest();
  }

  /** Gives the oldest want its time: those behind it are not asked for yet, and theirs does not run. */
  async #limitOldest(): Promise<void> {
    this.#timer.abort();
    if (this.#wants.length === 0) return;
    const { signal } = (this.#timer = new AbortController());
    await this.#clock.sleep(OFFER_PATIENCE_MS, signal);
    if (!signal.aborted) this.end('expected what was wanted of an offered branch, got none');
  }
}
