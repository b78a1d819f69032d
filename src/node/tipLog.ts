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

/** Transactions of one change of branch that are looked at one by one; of a longer one, what is pending again is counted. */
const LOOKED_AT = 1_024;

/** Changes of branch that are logged together. */
interface Change {
  readonly oldTip: StoredHeader;
  forkHeight: number;
  /** Transactions of blocks that left the best chain. */
  readonly unsettled: Uint8Array[];
  /** How many of a long change are pending again. */
  returned: number;
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
  changed(change: TipChange, isDownloading: boolean): void {
    const { tip, connected } = change;
    const { log } = this.#modules;
    this.#note(change);
    if (isDownloading) return;
    this.flush();
    const transactions = transactionsOf(connected);
    const details = { height: tip.height, transactions, hash: toHex(tip.hash) };
    if (transactions === 0) this.#emptyBlocks += connected.length;
    log[transactions > 0 ? 'info' : 'debug'](details, 'new tip');
  }

  #note(tipChange: TipChange): void {
    const { oldTip, disconnected, reorganization } = tipChange;
    if (!reorganization) return;
    const change = (this.#change ??= { oldTip, forkHeight: Infinity, unsettled: [], returned: 0 });
    change.forkHeight = Math.min(change.forkHeight, reorganization.forkPoint.height);
    const isLong = transactionsOf(disconnected) + change.unsettled.length > LOOKED_AT;
    if (isLong) change.returned += reorganization.returned;
    else for (const block of disconnected) for (const { id } of tipChange.body(block)) change.unsettled.push(id);
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
        withoutBlock: lost.length + change.returned,
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

function transactionsOf(blocks: readonly StoredHeader[]): number {
  return blocks.reduce((sum, { transactionCount }) => sum + transactionCount, 0);
}

function named({ height, hash }: StoredHeader): { readonly height: number; readonly hash: string } {
  return { height, hash: toHex(hash) };
}
