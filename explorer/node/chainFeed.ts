import { BlockSummariesDocument, OverviewDocument, type BlockSummaryFragment } from './operations.js';
import { RequestError, type NodeConnection } from '../../src/client/client.js';
import { pause } from '../../src/client/live.js';

/** The best chain as this page follows it. */
export interface ChainState {
  /** `gone`: the node does not answer; the page asks it again every second. */
  readonly connection: 'connecting' | 'live' | 'gone';
  /** How often the node came back: a component asks again when this grows. */
  readonly epoch: number;
  /** Hash of the genesis block; undefined until the node has answered once. */
  readonly chainId: string | undefined;
  /** Name of the network. */
  readonly network: string | undefined;
  /** The newest blocks, at most MAX_BLOCKS, oldest first. */
  readonly blocks: readonly BlockSummaryFragment[];
}

export interface ChainFeedModules {
  readonly node: NodeConnection;
  /** Calls back before the page is drawn next. */
  readonly nextFrame: (callback: () => void) => void;
}

/**
 * Follows the best chain for the whole page: first the newest blocks, then each new block. When the subscription ends for any reason, it
 * starts again with the newest blocks, so a page without WebSockets is refreshed every second instead.
 */
export class ChainFeed {
  readonly #modules: ChainFeedModules;
  readonly #listeners = new Set<() => void>();
  #state: ChainState = { connection: 'connecting', epoch: 0, chainId: undefined, network: undefined, blocks: [] };
  #shown = this.#state;
  #framePending = false;

  constructor(modules: ChainFeedModules) {
    this.#modules = modules;
  }

  /** As of the last frame: a node in its initial sync adds more blocks than the page can draw. */
  readonly state = (): ChainState => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Follows until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { node } = this.#modules;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      try {
        const { chain } = await node.request(OverviewDocument, { blocks: FIRST_BLOCKS }, signal);
        const { connection, epoch } = this.#state;
        this.#change({
          connection: 'live',
          epoch: connection === 'gone' ? epoch + 1 : epoch,
          chainId: chain.id,
          network: chain.network,
          blocks: chain.blocks.nodes,
        });
        await this.#follow(chain.tip.hash, signal);
      } catch (error) {
        if (isOver()) return;
        if (!(error instanceof RequestError)) throw error;
        this.#change({ connection: 'gone' });
      }
      await pause(RETRY_MS, signal);
    }
  }

  async #follow(afterHash: string, signal: AbortSignal): Promise<void> {
    const { subscribe } = this.#modules.node;
    if (!subscribe) return;
    try {
      for await (const { blockAdded } of subscribe(BlockSummariesDocument, { afterHash }, signal)) {
        // A block that is not above the one before is a reorganization: it replaces the blocks from its height on.
        const kept = this.#state.blocks.filter(({ height }) => height < blockAdded.height);
        this.#change({ blocks: [...kept, blockAdded].slice(-MAX_BLOCKS) });
      }
    } catch (error) {
      // The next request over HTTP shows whether the node is there.
      if (!(error instanceof RequestError)) throw error;
    }
  }

  #change(change: Partial<ChainState>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#framePending) return;
    this.#framePending = true;
    this.#modules.nextFrame(() => {
      this.#framePending = false;
      this.#shown = this.#state;
      for (const listener of this.#listeners) listener();
    });
  }
}

/** The largest page of a list. */
const FIRST_BLOCKS = 100;
const MAX_BLOCKS = 120;
const RETRY_MS = 1_000;
