import type { StoredHeader } from '../chain/chainStore.js';
import type { AddBlockOutcome, Reorganization } from '../chain/outcome.js';
import type { Block, BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import { equalBytes } from '../crypto/bytes.js';
import { SerialQueue } from '../util/serialQueue.js';
import type { BodyDownloadModules, BodySource } from './bodyDownload.js';
import { downloadBranch, type SyncedChain } from './branchDownload.js';
import { MisdeedError } from './misdeedError.js';
import type { Peer } from './peer.js';
import { PeerError } from './peerError.js';
import type { PeerSet } from './peerSet.js';
import type { PeerState } from './peerState.js';
import type { Clock, Log } from './ports.js';
import { SyncMeter } from './syncMeter.js';

export interface SyncModules {
  readonly chain: SyncedChain;
  readonly peers: Pick<PeerSet, 'all' | 'byId' | 'greet' | 'blame'>;
  readonly verifier: BodyDownloadModules['verifier'];
  readonly clock: Clock;
  readonly log: Log;
}

/** Where this node stands among its peers. */
export interface SyncProgress {
  readonly status: 'SYNCED' | 'SYNCING' | 'ISOLATED';
  readonly height: number;
  readonly targetHeight: number;
}

/** What came of asking every peer. */
export interface Resolution {
  readonly replaced: boolean;
  readonly tip: StoredHeader;
  readonly reorganization: Reorganization | undefined;
  readonly asked: readonly Peer[];
}

/**
 * Brings this node to the branch with the most work that a peer shows. One download at a time; a peer that is waiting for its turn
 * is not queued twice, so what waits is bounded by the number of peers.
 */
export class Sync {
  readonly #network: Network;
  readonly #modules: SyncModules;
  readonly #queue = new SerialQueue(Infinity);
  readonly #waiting = new Map<PeerState, Promise<void>>();
  readonly #sourceOf = new WeakMap<PeerState, BodySource>();
  readonly #rests = new WeakMap<PeerState, Rest>();
  /** Of the download under way. */
  #meter: SyncMeter | undefined;
  #needed = false;
  #round: Promise<void> | undefined;
  /** Transactions that reorganizations of this object's downloads put back into the mempool. */
  #returned = 0;

  constructor(options: { readonly network: Network }, modules: SyncModules) {
    this.#network = options.network;
    this.#modules = modules;
  }

  /** Syncs with a peer that showed more work than ours in its last handshake. */
  consider(state: PeerState): void {
    if (this.#isWorthwhile(state)) void this.#download(state);
  }

  /** A peer declined on another branch's ground, or gave a block whose parent is unknown: compare branches with it now. */
  async compare(state: PeerState): Promise<void> {
    this.#needed = true;
    await this.#modules.peers.greet(state);
    if (this.#isWorthwhile(state)) await this.#download(state);
    this.#needed = this.#behind();
  }

  /**
   * A block without its parent came: compare with its giver, or with everybody if it is no peer of this node. One round at a time:
   * it finds the branch of any block that came meanwhile, and a flood of orphans asks no peer more often than that.
   */
  fetchParent(giver: string | undefined): Promise<void> {
    this.#round ??= this.#compareAll(giver).finally(() => (this.#round = undefined));
    return this.#round;
  }

  /** Asks every peer for a heavier branch, and takes the heaviest. */
  async resolve(): Promise<Resolution> {
    const { chain, peers } = this.#modules;
    const oldTip = chain.view().tip();
    const returned = this.#returned;
    const all = peers.all().filter(({ status }) => status !== 'BANNED');
    await Promise.all(all.map((state) => peers.greet(state)));
    const asked = all.filter(({ status }) => status === 'CONNECTED').sort(heaviestFirst);
    for (const state of asked) {
      // The operator asks for everybody, also for those that failed just now.
      this.#rests.delete(state);
      if (this.#isHeavier(state)) await this.#download(state);
    }
    this.#needed = this.#behind();
    const tip = chain.view().tip();
    return {
      replaced: !equalBytes(tip.hash, oldTip.hash),
      tip,
      reorganization: this.#reorganizationSince(oldTip, this.#returned - returned),
      asked: asked.map((state) => state.toPeer()),
    };
  }

  progress(): SyncProgress {
    const { height } = this.#modules.chain.view().tip();
    const connected = this.#connected();
    const alone = connected.length === 0 && this.#modules.peers.all().length > 0;
    const targetHeight = this.#meter?.targetHeight ?? 0;
    if (targetHeight > height) return { status: 'SYNCING', height, targetHeight };
    return { status: alone ? 'ISOLATED' : 'SYNCED', height, targetHeight: height };
  }

  resolutionNeeded(): boolean {
    return this.#needed;
  }

  /** Waits for the download under way. */
  async close(): Promise<void> {
    await this.#queue.idle();
  }

  async #compareAll(giver: string | undefined): Promise<void> {
    const state = giver === undefined ? undefined : this.#modules.peers.byId(giver);
    for (const peer of state ? [state] : this.#connected()) await this.compare(peer);
  }

  #connected(): PeerState[] {
    return this.#modules.peers.all().filter(({ status }) => status === 'CONNECTED');
  }

  #behind(): boolean {
    return this.#connected().some((state) => this.#isHeavier(state));
  }

  #isHeavier(state: PeerState): boolean {
    return state.status === 'CONNECTED' && (state.answer?.work ?? 0n) > this.#modules.chain.view().tip().work;
  }

  /** Heavier, and not one that kept silent just now when its turn had come. */
  #isWorthwhile(state: PeerState): boolean {
    return this.#isHeavier(state) && (this.#rests.get(state)?.until ?? 0) <= this.#modules.clock.elapsed();
  }

  #download(state: PeerState): Promise<void> {
    let download = this.#waiting.get(state);
    if (!download) {
      download = this.#queue.run(() => this.#run(state)).finally(() => this.#waiting.delete(state));
      this.#waiting.set(state, download);
    }
    return download;
  }

  /** Never rejects: what a peer does wrong is its standing's matter, and what fails here is logged and tried again later. */
  async #run(state: PeerState): Promise<void> {
    if (!this.#isWorthwhile(state)) return;
    const { chain, peers, verifier, clock, log } = this.#modules;
    const started = clock.elapsed();
    const from = chain.view().tip().height;
    const meter = (this.#meter = new SyncMeter(from, state.answer!.height, started));
    try {
      const blocks = await downloadBranch(this.#network, {
        chain: {
          view: () => chain.view(),
          addBlock: (block) => this.#addBlock(block),
          extend: (blocks) => chain.extend(blocks),
        },
        client: { headersAfter: (locator, first) => this.#headers(state, locator, first) },
        sources: () => this.#sources(state),
        verifier,
        clock,
        progressed: (height) => {
          const pace = meter.at(height, clock.elapsed());
          if (pace) log.info({ peer: state.url, ...pace }, 'syncing');
        },
      });
      const { height } = chain.view().tip();
      const milliseconds = Math.round(clock.elapsed() - started);
      if (blocks > 0) log.info({ peer: state.url, blocks, from, height, milliseconds }, 'synced');
      // Everything it has is here, and still its claim is higher.
      else if (this.#isHeavier(state)) throw new MisdeedError('claimedWork', 'its headers hold less work');
      this.#rests.delete(state);
    } catch (error) {
      if (error instanceof PeerError && error.fault === 'timedOut') this.#rest(state);
      if (error instanceof MisdeedError) peers.blame(state, error.misdeed, error.message);
      else if (error instanceof PeerError) peers.blame(state, error.fault, error.message);
      else log.warn({ err: error, peer: state.url }, 'sync failed, and is tried again');
    } finally {
      this.#meter = undefined;
    }
  }

  /** Ever longer: silence costs little standing, so a peer that only claims and delays must not have the next turn each time. */
  #rest(state: PeerState): void {
    const failures = (this.#rests.get(state)?.failures ?? 0) + 1;
    const pause = Math.min(MIN_REST_MS * 2 ** failures, MAX_REST_MS);
    this.#rests.set(state, { failures, until: this.#modules.clock.elapsed() + pause });
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

  /** Bodies are asked of everybody who is there, the branch's own peer first. */
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

  async #addBlock(block: Block): Promise<AddBlockOutcome> {
    const outcome = await this.#modules.chain.addBlock(block);
    if (outcome.status === 'reorganized') this.#returned += outcome.reorganization.returned;
    return outcome;
  }

  #reorganizationSince(oldTip: StoredHeader, returned: number): Reorganization | undefined {
    const reader = this.#modules.chain.view();
    const newTip = reader.tip();
    let ancestor: StoredHeader | undefined = reader.header(oldTip.hash);
    while (ancestor && !equalBytes(reader.headerAt(ancestor.height)?.hash ?? EMPTY, ancestor.hash)) {
      ancestor = reader.header(ancestor.previousHash);
    }
    if (!ancestor || ancestor.height === oldTip.height) return undefined;
    return {
      commonAncestor: ancestor,
      oldTip,
      newTip,
      disconnected: oldTip.height - ancestor.height,
      connected: newTip.height - ancestor.height,
      returned,
    };
  }
}

function heaviestFirst(a: PeerState, b: PeerState): number {
  const [mine, other] = [a.answer?.work ?? 0n, b.answer?.work ?? 0n];
  return mine > other ? -1 : mine < other ? 1 : 0;
}

/** A peer that is not asked again for a while. Times as the clock has them. */
interface Rest {
  readonly failures: number;
  readonly until: number;
}

const EMPTY = new Uint8Array(0);
const PATIENCE_MS = 3_000;
const MIN_REST_MS = 2_000;
const MAX_REST_MS = 10 * 60 * 1000;
