import type { ChainReader } from '../../chain/chainStore.js';
import type { BlockHeader } from '../../consensus/block.js';
import { toHex } from '../../crypto/bytes.js';
import { BoundedSet } from '../../util/boundedSet.js';
import type { Clock, Log } from '../ports.js';
import { NOT_FOLLOWED, type Hindrance } from './rests.js';

export interface OrphanedModules {
  readonly chain: { view(): ChainReader };
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * The highest block that was offered lately and could not be connected: its proof of work is good, and nobody has offered its ancestors.
 * Anybody can make one, so it counts for MEMORY_MS only, and is not counted again when it comes again.
 */
export class Orphaned {
  readonly #modules: OrphanedModules;
  #header: BlockHeader | undefined;
  #hindrance: Hindrance | undefined;
  #since = 0;
  /** Hashes of the orphans that have counted. */
  readonly #counted = new BoundedSet<string>(MAX_COUNTED);
  /** The kind that the log has told last. */
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
    const reader = chain.view();
    const isOver = clock.elapsed() - this.#since > MEMORY_MS || header.height <= reader.tip().height;
    if (isOver || reader.header(header.hash)) this.#header = undefined;
    return this.#header;
  }
}

const GRACE_MS = 5_000;
const MEMORY_MS = 60_000;
const MAX_COUNTED = 1_000;
