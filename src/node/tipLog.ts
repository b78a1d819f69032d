import type { CurrentChain, StoredHeader } from '../chain/chainStore.js';
import type { TipChange } from '../chain/outcome.js';
import { toHex } from '../crypto/bytes.js';

/** Payments that the line names; it counts the others. */
const NAMED = 5;
const SUMMARY_MS = 60_000;

export interface TipLogModules {
  readonly chain: CurrentChain;
  readonly clock: { elapsed(): number };
  readonly log: {
    debug(details: object, message: string): void;
    info(details: object, message: string): void;
    warn(details: object, message: string): void;
  };
}

/** Changes of branch that are logged together. */
interface Change {
  readonly oldTip: StoredHeader;
  forkHeight: number;
  /** Transactions of blocks that left the best chain. */
  readonly unsettled: Uint8Array[];
}

/**
 * What the log says of the best chain: each block that carries transactions, empty ones together once a minute, and every change to another
 * branch, however it came, with its depth and the payments that lost their block. What one sync does is one line.
 */
export class TipLog {
  readonly #modules: TipLogModules;
  #change: Change | undefined;
  #emptyBlocks = 0;
  #loggedAt: number;

  constructor(modules: TipLogModules) {
    this.#modules = modules;
    this.#loggedAt = modules.clock.elapsed();
  }

  /** The best chain has a new tip. While a download is under way, its own line reports the blocks, and `flush` the branches. */
  changed({ oldTip, tip, disconnected, connected, reorganization }: TipChange, isDownloading: boolean): void {
    const { log } = this.#modules;
    if (reorganization) {
      const change = (this.#change ??= { oldTip, forkHeight: Infinity, unsettled: [] });
      change.forkHeight = Math.min(change.forkHeight, reorganization.forkPoint.height);
      for (const { transactions } of disconnected) for (const { id } of transactions) change.unsettled.push(id);
    }
    if (isDownloading) return;
    this.flush();
    const transactions = connected.reduce((sum, { header }) => sum + header.transactionCount, 0);
    const details = { height: tip.height, transactions, hash: toHex(tip.hash) };
    if (transactions === 0) this.#emptyBlocks += connected.length;
    log[transactions > 0 ? 'info' : 'debug'](details, 'new tip');
  }

  /** Logs a change of branch, if there was one. Call it when a download has ended. */
  flush(): void {
    const change = this.#change;
    if (!change) return;
    this.#change = undefined;
    const { chain, log } = this.#modules;
    const lost = chain.read((reader) => change.unsettled.filter((id) => !reader.transaction(id)));
    const tip = chain.tip();
    const { forkHeight, oldTip } = change;
    const disconnected = oldTip.height - forkHeight;
    log[disconnected > 1 ? 'warn' : 'info'](
      {
        disconnected,
        connected: tip.height - forkHeight,
        forkHeight,
        oldTip: named(oldTip),
        newTip: named(tip),
        withoutBlock: lost.length,
        ...(lost.length > 0 && { first: lost.slice(0, NAMED).map(toHex) }),
      },
      'best chain reorganized',
    );
  }

  /** Logs empty blocks once a minute. Call it every second or so. */
  tick(): void {
    const { chain, clock, log } = this.#modules;
    if (this.#emptyBlocks === 0 || clock.elapsed() - this.#loggedAt < SUMMARY_MS) return;
    log.info({ height: chain.tip().height, blocks: this.#emptyBlocks }, 'empty blocks');
    this.#emptyBlocks = 0;
    this.#loggedAt = clock.elapsed();
  }
}

function named({ height, hash }: StoredHeader): { readonly height: number; readonly hash: string } {
  return { height, hash: toHex(hash) };
}
