import { equalBytes } from '../crypto/bytes.js';
import type { Transaction } from '../consensus/transaction.js';
import { indexRange, type PageRequest } from '../util/pages.js';
import type { Entry } from './entries.js';

/** Where an entry stands: as in `byFeeRate`, and what is held back after everything else, in order of arrival. */
interface Rank {
  readonly heldBack: boolean;
  /** Base units a byte that the transaction is mined for: its own or, if lower, that of one it has to wait for. */
  readonly feeRate: number;
  /** Arrival order, in this run of the node, of the transaction that decides the rate. */
  readonly sequence: number;
}

/** A place in mining order that outlives its transaction. */
export interface Place extends Rank {
  readonly id: Uint8Array;
}

/** A pending transaction and its place. */
export interface PlacedTransaction {
  readonly transaction: Transaction;
  readonly place: Place;
}

/** The mempool in mining order, what is held back last, at one moment. */
export class MiningList {
  readonly transactions: readonly Transaction[];
  readonly #entries: readonly Entry[];
  /** How many of them can be mined. */
  readonly #readyCount: number;

  constructor(ready: readonly Entry[], heldBack: readonly Entry[]) {
    this.#entries = [...ready, ...heldBack];
    this.#readyCount = ready.length;
    this.transactions = this.#entries.map(({ transaction }) => transaction);
  }

  /** A page of it. Paging never leaves out a transaction that was there all the time. */
  page({ after, before, limit, fromEnd }: PageRequest<Place>): PlacedTransaction[] {
    const afterIndex = after && (this.#indexOf(after) ?? this.#firstNotBefore(after) - 1);
    const beforeIndex = before && (this.#indexOf(before) ?? this.#firstNotBefore(before));
    const range = indexRange({ after: afterIndex, before: beforeIndex, limit, fromEnd }, this.transactions.length);
    return this.transactions.slice(range.start, range.end).map((transaction, offset) => {
      return { transaction, place: { id: transaction.id, ...this.#rankAt(range.start + offset) } };
    });
  }

  /** Looked for at its rank alone, where a few of one sender stand: a scan of the list would take its time for each cursor. */
  #indexOf(place: Place): number | undefined {
    for (let i = this.#firstNotBefore(place); i < this.#entries.length && !isAhead(place, this.#rankAt(i)); i++) {
      if (equalBytes(this.transactions[i]!.id, place.id)) return i;
    }
    return undefined;
  }

  /** First index whose rank is not ahead of `rank`. Ranks only fall along the list, so a binary search finds it. */
  #firstNotBefore(rank: Rank): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isAhead(this.#rankAt(middle), rank)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * One that pays more than those of its sender before it is mined right after them, at their rank, so only the run of the same sender that
   * it stands in is looked at.
   */
  #rankAt(index: number): Rank {
    if (index >= this.#readyCount) return { heldBack: true, feeRate: 0, sequence: this.#entries[index]!.sequence };
    const last = this.#entries[index]!;
    let rank = rankOf(last);
    for (let i = index - 1; i >= 0; i--) {
      const entry = this.#entries[i]!;
      if (!equalBytes(entry.transaction.sender, last.transaction.sender)) break;
      if (isAhead(rank, rankOf(entry))) rank = rankOf(entry);
    }
    return rank;
  }
}

function rankOf({ feeRate, sequence }: Entry): Rank {
  return { heldBack: false, feeRate, sequence };
}

function isAhead(a: Rank, b: Rank): boolean {
  if (a.heldBack !== b.heldBack) return b.heldBack;
  return a.feeRate !== b.feeRate ? a.feeRate > b.feeRate : a.sequence < b.sequence;
}
