import type { CurrentChain } from '../../chain/chainStore.js';
import type { Reorganization, TipChange } from '../../chain/outcome.js';
import type { BlockHeader } from '../../consensus/block.js';
import { equalBytes, toHex } from '../../crypto/bytes.js';
import { BoundedSet } from '../../util/boundedSet.js';
import type { PeerSet } from '../peerSet.js';
import type { PeerState } from '../peerState.js';
import type { Clock, Log } from '../ports.js';
import { PeerError, type PeerMisdeed } from '../standing.js';
import type { BodySource } from './bodyDownload.js';
import type { Downloads } from './downloads.js';
import { type Hindrance, LONG_REST_MS, Orphaned, Rests, SHORT_REST_MS } from './hindrances.js';
import { asOne, type Resolution } from './resolution.js';

/** Silence is tried ever more rarely; a claim that was found empty is asked about each time it is made, for it is priced each time. */
const LONGEST_REST_MS: Partial<Record<PeerMisdeed, number>> = {
  timedOut: LONG_REST_MS,
  malformed: LONG_REST_MS,
  claimedWork: 0,
};
const PATIENCE_MS = 3_000;
/** Between two comparisons with one peer that others caused; its handshakes come as often by themselves. */
const COMPARISON_PAUSE_MS = 5_000;
/** Orphans of strangers that have started a round. */
const MAX_KNOWN_ORPHANS = 1_024;

export interface SyncModules {
  readonly chain: CurrentChain;
  readonly downloads: Downloads;
  readonly peers: Pick<PeerSet, 'all' | 'byId' | 'greet' | 'blame' | 'useful'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Where this node stands among its peers. */
export interface SyncProgress {
  readonly status: 'SYNCED' | 'SYNCING' | 'BEHIND' | 'ISOLATED';
  readonly height: number;
  /** The height up to which headers have shown more work than this node's branch; its own height if no headers have. */
  readonly targetHeight: number;
  /** Why this node does not follow the heavier branch that a peer shows or offers; undefined unless it is BEHIND. */
  readonly reason: string | undefined;
}

/**
 * Brings this node to the branch with the most work that a peer shows. One download at a time; a peer that is waiting for its turn
 * is not queued twice, so what waits is bounded by the number of peers.
 */
export class Sync {
  readonly #modules: SyncModules;
  readonly #waiting = new Map<PeerState, Promise<void>>();
  readonly #sourceOf = new WeakMap<PeerState, BodySource>();
  readonly #rests: Rests;
  readonly #orphaned: Orphaned;
  /** Reorganizations during each resolution that is under way. */
  readonly #resolving = new Set<Reorganization[]>();
  /** Peers that are being compared with. */
  #comparing = 0;
  readonly #nextComparison = new WeakMap<PeerState, number>();
  readonly #knownOrphans = new BoundedSet<string>(MAX_KNOWN_ORPHANS);
  #round: Promise<void> | undefined;

  constructor(modules: SyncModules) {
    this.#modules = modules;
    this.#rests = new Rests(modules);
    this.#orphaned = new Orphaned(modules);
  }

  /** Syncs with a peer that showed more work than ours in its last handshake. */
  consider(state: PeerState): void {
    if (this.#isWorthwhile(state)) void this.#download(state);
  }

  /**
   * A peer declined on another branch's ground: compare branches with it now. Strangers can cause that, too, with what they send to be
   * relayed: at most once in COMPARISON_PAUSE_MS, and what is left out the next handshake finds.
   */
  async compare(state: PeerState): Promise<void> {
    const now = this.#modules.clock.elapsed();
    if ((this.#nextComparison.get(state) ?? -Infinity) > now) return;
    this.#nextComparison.set(state, now + COMPARISON_PAUSE_MS);
    await this.#compare(state);
  }

  async #compare(state: PeerState): Promise<void> {
    this.#comparing++;
    try {
      await this.#modules.peers.greet(state);
      if (this.#isWorthwhile(state)) await this.#download(state);
    } finally {
      this.#comparing--;
    }
  }

  /**
   * A block without its parent came. Its giver is compared with at once, if it is a peer. A stranger's starts a round through all peers,
   * the first time it comes; one round at a time, which finds the branch of any block that came meanwhile.
   */
  fetchParent(orphan: BlockHeader, giver: string | undefined): Promise<void> {
    this.#orphaned.add(orphan);
    const state = giver === undefined ? undefined : this.#modules.peers.byId(giver);
    if (state) return this.#compare(state);
    if (this.#knownOrphans.add(toHex(orphan.hash))) {
      this.#round ??= this.#compareAll().finally(() => (this.#round = undefined));
    }
    return this.#round ?? Promise.resolve();
  }

  /** A branch with more work was offered, and could not be followed. */
  refused(tip: BlockHeader, hindrance: Hindrance): void {
    this.#orphaned.add(tip, hindrance);
  }

  /** Connected peers, to be asked for bodies. */
  sources(): BodySource[] {
    return this.#connected().map((state) => this.#source(state));
  }

  /** Asks every peer for a heavier branch, and takes the heaviest. */
  async resolve(): Promise<Resolution> {
    const { chain } = this.#modules;
    const oldTip = chain.tip();
    const reorganizations: Reorganization[] = [];
    this.#resolving.add(reorganizations);
    try {
      const asked = await this.#askAll();
      const tip = chain.tip();
      return {
        replaced: !equalBytes(tip.hash, oldTip.hash),
        tip,
        reorganization: chain.read((reader) => asOne(reorganizations, reader, oldTip)),
        asked: asked.map((state) => state.toPeer()),
      };
    } finally {
      this.#resolving.delete(reorganizations);
    }
  }

  /** A resolution that is under way counts it. */
  tipChanged({ reorganization }: Pick<TipChange, 'reorganization'>): void {
    if (reorganization) for (const reorganizations of this.#resolving) reorganizations.push(reorganization);
  }

  /** From what is known of the peers: SYNCED only if no connected one shows or offers more work. */
  progress(): SyncProgress {
    const { height } = this.#modules.chain.tip();
    if (this.isFetchingBeyond(height)) {
      const targetHeight = Math.max(height, this.#modules.downloads.targetHeight);
      return { status: 'SYNCING', height, targetHeight, reason: undefined };
    }
    const reason = this.#hindrance();
    if (reason !== undefined) return { status: 'BEHIND', height, targetHeight: height, reason };
    const alone = this.#connected().length === 0 && this.#modules.peers.all().length > 0;
    return { status: alone ? 'ISOLATED' : 'SYNCED', height, targetHeight: height, reason };
  }

  resolutionNeeded(): boolean {
    return this.#comparing > 0 || this.#hindrance() !== undefined;
  }

  /** Whether headers have shown more work than the best chain up to this height has, and their blocks are being fetched. */
  isFetchingBeyond(height: number): boolean {
    return this.#modules.downloads.isFetchingBeyond(height);
  }

  /** Logs what was offered and could not be followed for a while. Call it every second or so. */
  tick(): void {
    this.#orphaned.tick();
  }

  /** Waits for the download under way. */
  async close(): Promise<void> {
    await this.#modules.downloads.close();
  }

  /** Resolves to the peers that answered, heaviest first. */
  async #askAll(): Promise<PeerState[]> {
    const { peers } = this.#modules;
    const all = peers.all().filter(({ status }) => status !== 'BANNED');
    await Promise.all(all.map((state) => peers.greet(state)));
    const asked = all.filter(({ status }) => status === 'CONNECTED').sort(heaviestFirst);
    for (const state of asked) {
      // The operator asks every peer, also those that failed just now.
      this.#rests.end(state);
      if (this.#isHeavier(state)) await this.#download(state);
    }
    return asked;
  }

  async #compareAll(): Promise<void> {
    for (const peer of this.#connected()) await this.compare(peer);
  }

  #connected(): PeerState[] {
    return this.#modules.peers.all().filter(({ status }) => status === 'CONNECTED');
  }

  /** Why a heavier branch is not followed now, as far as there is one: that of the heaviest peer, or what was only offered. */
  #hindrance(): string | undefined {
    const [heaviest] = this.#connected()
      .filter((state) => this.#isHeavier(state))
      .sort(heaviestFirst);
    if (!heaviest) return this.#orphaned.reason();
    const { url, answer } = heaviest;
    return `${url} shows more work, at height ${answer!.height}: ${this.#rests.of(heaviest)?.reason ?? 'its headers are asked for'}`;
  }

  #isHeavier(state: PeerState): boolean {
    return state.status === 'CONNECTED' && (state.answer?.work ?? 0n) > this.#modules.chain.tip().work;
  }

  /** Heavier, and not one that could not be followed just now when its turn had come. */
  #isWorthwhile(state: PeerState): boolean {
    return this.#isHeavier(state) && !this.#rests.isResting(state);
  }

  #download(state: PeerState): Promise<void> {
    const { downloads } = this.#modules;
    const download =
      this.#waiting.get(state) ?? downloads.queue(() => this.#run(state)).finally(() => this.#waiting.delete(state));
    this.#waiting.set(state, download);
    return download;
  }

  /** Never rejects: what a peer does wrong is its standing's matter, and what fails here is logged and tried again later. */
  async #run(state: PeerState): Promise<void> {
    if (!this.#isWorthwhile(state)) return;
    const proof = { given: false };
    try {
      const blocks = await this.#modules.downloads.follow({
        peer: state.url,
        client: { headersAfter: (locator, first) => this.#headers(state, locator, first) },
        sources: () => this.#sources(state),
        proven: () => (proof.given = true),
      });
      // Everything it has is here, and still its claim is higher.
      if (blocks === 0 && this.#isHeavier(state)) {
        throw new PeerError('claimedWork', 'its headers hold less work than it shows');
      }
      if (blocks > 0) this.#modules.peers.useful(state);
      this.#rests.end(state);
    } catch (error) {
      this.#failed(state, error, proof.given);
    }
  }

  /** A claim of work that no header backs is priced the second time in a row; silence alone is nearly free. */
  #failed(state: PeerState, error: unknown, isProven: boolean): void {
    const { peers, log } = this.#modules;
    if (!(error instanceof PeerError)) {
      log.warn({ err: error, peer: state.url }, 'sync failed, and is tried again');
      this.#rests.begin(state, { kind: 'failed', reason: 'this node failed, see its log' }, SHORT_REST_MS);
      return;
    }
    const { message: reason, misdeed, retryAfterMs } = error;
    const isEmptyClaim = misdeed === 'timedOut' && !isProven && this.#rests.of(state) !== undefined;
    this.#rests.begin(state, { kind: misdeed, reason }, LONGEST_REST_MS[misdeed] ?? SHORT_REST_MS, retryAfterMs);
    peers.blame(state, isEmptyClaim ? 'claimedWork' : misdeed, reason);
  }

  /** Headers of the peer; it loses its turn when it keeps another one with a heavier branch waiting for longer than PATIENCE_MS. */
  async #headers(state: PeerState, locator: readonly Uint8Array[], first: number): Promise<BlockHeader[]> {
    const timer = new AbortController();
    const request = state.client.headersAfter(locator, first).finally(() => timer.abort());
    request.catch(() => undefined);
    for (;;) {
      const late = this.#modules.clock.sleep(PATIENCE_MS, timer.signal);
      const headers = await Promise.race([request, late]);
      if (headers) return headers;
      if (timer.signal.aborted) return request;
      if (this.#connected().some((other) => other !== state && this.#isWorthwhile(other))) {
        throw new PeerError('timedOut', 'expected headers while another peer waits, got none');
      }
    }
  }

  /** Every connected peer is asked for bodies, the branch's own peer first. */
  #sources(state: PeerState): BodySource[] {
    const others = this.#connected().filter((other) => other !== state);
    return [state, ...others].map((source) => this.#source(source));
  }

  #source(state: PeerState): BodySource {
    let source = this.#sourceOf.get(state);
    if (!source) {
      const { client } = state;
      source = { client, blame: (misdeed, reason) => this.#modules.peers.blame(state, misdeed, reason) };
      this.#sourceOf.set(state, source);
    }
    return source;
  }
}

function heaviestFirst(a: PeerState, b: PeerState): number {
  const [mine, other] = [a.answer?.work ?? 0n, b.answer?.work ?? 0n];
  return mine > other ? -1 : mine < other ? 1 : 0;
}
