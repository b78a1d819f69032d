import type { CurrentChain } from '../../chain/chainStore.js';
import type { BlockHeader } from '../../consensus/block.js';
import { toHex } from '../../crypto/bytes.js';
import { BoundedSet } from '../../util/boundedSet.js';
import type { PeerState } from '../peerState.js';
import type { Clock, Log } from '../ports.js';

/** The log line for a heavier branch that this node does not follow; the reason is beside it. */
export const NOT_FOLLOWED = 'a heavier branch is not followed';
/** For what may pass by itself: a clock, bodies, a side branch. */
export const SHORT_REST_MS = 60 * 1000;
/** For silence and claims. */
export const LONG_REST_MS = 10 * 60 * 1000;
const MIN_REST_MS = 2_000;
const GRACE_MS = 5_000;
const MEMORY_MS = 60_000;
const MAX_COUNTED = 1_000;

/** Why a heavier branch is not followed. */
export interface Hindrance {
  /** The cause, in short: only another kind is worth another line in the log. */
  readonly kind: string;
  /** In words, for operators. */
  readonly reason: string;
}

/** A peer that is not asked again for a while. Times as the clock has them. */
interface Rest extends Hindrance {
  /** Times in a row that its branch could not be followed. */
  readonly failures: number;
  readonly until: number;
}

/**
 * Peers with a heavier branch that this node could not follow, and why. Each rests ever longer before it has another turn: one that only
 * claims and delays must not have the next turn each time, and what cannot be used yet is not to be fetched again every few seconds.
 */
export class Rests {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #log: Pick<Log, 'warn'>;
  readonly #rests = new WeakMap<PeerState, Rest>();

  constructor({ clock, log }: { readonly clock: Pick<Clock, 'elapsed'>; readonly log: Pick<Log, 'warn'> }) {
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * The peer's branch could not be followed; it rests for at most `longestMs`, and at least `leastMs`. One line in the log for each new kind
   * of reason.
   */
  begin(state: PeerState, { kind, reason }: Hindrance, longestMs: number, leastMs = 0): void {
    const last = this.#rests.get(state);
    const failures = (last?.failures ?? 0) + 1;
    const pause = Math.max(Math.min(MIN_REST_MS * 2 ** failures, longestMs), leastMs);
    this.#rests.set(state, { kind, reason, failures, until: this.#clock.elapsed() + pause });
    if (last?.kind !== kind) this.#log.warn({ peer: state.url, reason }, NOT_FOLLOWED);
  }

  /** Its branch was followed, or its operator asks for another turn. */
  end(state: PeerState): void {
    this.#rests.delete(state);
  }

  isResting(state: PeerState): boolean {
    return (this.#rests.get(state)?.until ?? -Infinity) > this.#clock.elapsed();
  }

  /** The last rest of a peer, over or not; undefined if its branch was followed since, or was never tried. */
  of(state: PeerState): Rest | undefined {
    return this.#rests.get(state);
  }
}

export interface OrphanedModules {
  readonly chain: CurrentChain;
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * The highest block that was offered lately and could not be connected: its proof of work is good, and no node has offered its ancestors.
 * Anybody can make one, so it counts for MEMORY_MS only, and is not counted again when it comes again.
 */
export class Orphaned {
  readonly #modules: OrphanedModules;
  #header: BlockHeader | undefined;
  #hindrance: Hindrance | undefined;
  #since = 0;
  /** Hashes of the orphans that have counted. */
  readonly #counted = new BoundedSet<string>(MAX_COUNTED);
  /** The kind of the last line in the log. */
  #told: string | undefined;

  constructor(modules: OrphanedModules) {
    this.#modules = modules;
  }

  /** A block came whose parent is unknown; or the branch of this tip was offered, and could not be followed for this reason. */
  add(header: BlockHeader, hindrance?: Hindrance): void {
    const known = this.#unconnected();
    if (!hindrance) {
      if (known && known.height >= header.height) return;
      if (!this.#counted.add(toHex(header.hash))) return;
    }
    // A branch that grows block by block is one story.
    if (!known) this.#told = undefined;
    const reason = `block ${header.height} was offered, and nobody offers its ancestors`;
    this.#header = header;
    this.#hindrance = hindrance ?? { kind: 'orphan', reason };
    this.#since = this.#modules.clock.elapsed();
  }

  /** Undefined once it is connected, forgotten, or no higher than the best chain. */
  reason(): string | undefined {
    return this.#unconnected() && this.#hindrance!.reason;
  }

  /** Logs it once it has waited for GRACE_MS: ancestors usually follow at once. */
  tick(): void {
    const { clock, log } = this.#modules;
    const reason = this.reason();
    if (reason === undefined || this.#hindrance!.kind === this.#told) return;
    if (clock.elapsed() - this.#since < GRACE_MS) return;
    this.#told = this.#hindrance!.kind;
    log.warn({ reason }, NOT_FOLLOWED);
  }

  #unconnected(): BlockHeader | undefined {
    const { chain, clock } = this.#modules;
    const header = this.#header;
    if (!header) return undefined;
    const isOver = clock.elapsed() - this.#since > MEMORY_MS || header.height <= chain.tip().height;
    if (isOver || chain.read((reader) => reader.header(header.hash))) this.#header = undefined;
    return this.#header;
  }
}
