import type { Network } from '../../consensus/network.js';
import { equalBytes } from '../../crypto/bytes.js';
import { Event } from '../../util/event.js';
import { SerialQueue } from '../../util/serialQueue.js';
import type { Clock, Log } from '../ports.js';
import type { BodyDownloadModules } from './bodyDownload.js';
import { downloadBranch, type BranchDownloadModules, type SyncedChain } from './branchDownload.js';

const NEWS_MS = 5_000;

export interface DownloadsModules {
  readonly chain: SyncedChain;
  readonly verifier: BodyDownloadModules['verifier'];
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** A branch to be brought here. */
export interface DownloadSource extends Pick<BranchDownloadModules, 'client' | 'sources'> {
  /** Its name in the log. */
  readonly peer: string;
  /** Called once its headers have shown more work than our branch has. */
  readonly proven: () => void;
}

/** Brings branches here, one at a time, whoever shows or offers them. */
export class Downloads {
  /** A download has changed the best chain, and is over. */
  readonly ended = new Event<undefined>();
  readonly #network: Network;
  readonly #modules: DownloadsModules;
  readonly #queue = new SerialQueue(Infinity);
  /** Of the one under way, once its headers have shown more work. */
  #meter: SyncMeter | undefined;
  /** Its peer may have headers after those. */
  #mayGoOn = false;

  constructor(options: { readonly network: Network }, modules: DownloadsModules) {
    this.#network = options.network;
    this.#modules = modules;
  }

  /** The height up to which headers have shown more work than this node's branch; 0 without such headers. */
  get targetHeight(): number {
    return this.#meter?.targetHeight ?? 0;
  }

  /** Whether headers have shown more work than the best chain up to this height has, and what they lead to is being fetched. */
  isFetchingBeyond(height: number): boolean {
    return this.targetHeight > height || this.#mayGoOn;
  }

  /** Runs the task after all earlier ones. */
  queue(task: () => Promise<void>): Promise<void> {
    return this.#queue.run(task);
  }

  /**
   * Brings a branch here as far as its headers show more work: call it in the queue. Resolves to the number of new blocks; rejects as
   * downloadBranch does.
   */
  async follow({ peer, client, sources, proven }: DownloadSource): Promise<number> {
    const { chain, clock, log } = this.#modules;
    const started = clock.elapsed();
    const oldTip = chain.tip();
    try {
      const blocks = await downloadBranch(this.#network, {
        ...this.#modules,
        client,
        sources,
        proven: (height, mayGoOn) => {
          this.#mayGoOn = mayGoOn;
          this.#meter ??= new SyncMeter(oldTip.height, started);
          this.#meter.aim(height);
          proven();
        },
        progressed: (height) => {
          const pace = this.#meter?.at(height, clock.elapsed());
          if (pace) log.info({ peer, ...pace }, 'syncing');
        },
      });
      const { height } = chain.tip();
      const milliseconds = Math.round(clock.elapsed() - started);
      if (blocks > 0) log.info({ peer, blocks, from: oldTip.height, height, milliseconds }, 'synced');
      return blocks;
    } finally {
      this.#meter = undefined;
      this.#mayGoOn = false;
      if (!equalBytes(chain.tip().hash, oldTip.hash)) this.ended.emit(undefined);
    }
  }

  /** Waits for those under way and in the queue. */
  async close(): Promise<void> {
    await this.#queue.idle();
  }
}

/** Measures one download. Times are in milliseconds, only differences count. */
class SyncMeter {
  /** Headers up to this height have been checked. */
  targetHeight = 0;
  readonly #from: number;
  readonly #started: number;
  #height: number;
  #told: number;

  constructor(from: number, now: number) {
    this.#from = from;
    this.#height = from;
    this.#started = now;
    this.#told = now;
  }

  aim(height: number): void {
    this.targetHeight = Math.max(this.targetHeight, height);
  }

  /** A block of this height is stored. The pace and the time left, if an operator has waited long enough for news. */
  at(height: number, now: number) {
    this.#height = Math.max(this.#height, height);
    this.targetHeight = Math.max(this.targetHeight, height);
    if (now - this.#told < NEWS_MS) return undefined;
    this.#told = now;
    const blocksPerSecond = (1000 * (this.#height - this.#from)) / (now - this.#started);
    const left = this.targetHeight - this.#height;
    return {
      height: this.#height,
      targetHeight: this.targetHeight,
      blocksPerSecond: Math.round(blocksPerSecond),
      secondsLeft: blocksPerSecond > 0 ? Math.ceil(left / blocksPerSecond) : 0,
    };
  }
}
