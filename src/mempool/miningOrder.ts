import { equalBytes } from '../crypto/bytes.js';
import type { Transaction } from '../consensus/transaction.js';
import { indexRange, type PageRequest } from '../util/pages.js';
import { SortedList } from '../util/sortedList.js';
import type { Entry } from './entry.js';

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

/** An entry and its rank. */
export interface Placed extends Rank {
  readonly entry: Entry;
}

/** Pending transactions of one sender in nonce order, of which the first `readyCount` can be mined. */
interface Queue {
  readonly entries: readonly Entry[];
  readonly readyCount: number;
  /** Kept by MiningOrder: how it placed them. */
  placed: readonly Placed[];
}

/** All entries in mining order, what is held back last. It costs as much as what changes. */
export class MiningOrder {
  readonly #list = new SortedList<Placed>(inMiningOrder);

  /** Follows what changed in these queues; an empty one leaves. */
  update(queues: Iterable<Queue>): void {
    const gone = new Set<Placed>();
    const come: Placed[] = [];
    for (const queue of queues) {
      const { entries, readyCount, placed } = queue;
      // A rank comes of what is before it, so up to the first change nothing is another.
      const isKept = (former: Placed, i: number) => former.entry === entries[i] && former.heldBack === i >= readyCount;
      const changed = placed.findIndex((former, i) => !isKept(former, i));
      const kept = changed < 0 ? placed.length : changed;
      const formers = new Map(placed.slice(kept).map((former) => [former.entry, former]));
      let rank: Rank | undefined = placed[kept - 1];
      const tail = entries.slice(kept).map((entry, i) => {
        rank = kept + i < readyCount ? worse(rank, rankOf(entry)) : heldBackRank(entry);
        const former = formers.get(entry);
        if (former && isSame(former, rank)) {
          formers.delete(entry);
          return former;
        }
        const { heldBack, feeRate, sequence } = rank;
        const now = { heldBack, feeRate, sequence, entry };
        come.push(now);
        return now;
      });
      for (const former of formers.values()) gone.add(former);
      queue.placed = [...placed.slice(0, kept), ...tail];
    }
    this.#list.remove(gone);
    this.#list.add(come);
  }

  /** A page of it. Paging never leaves out a transaction that was there all the time. */
  page({ after, before, limit, fromEnd }: PageRequest<Place>): PlacedTransaction[] {
    const afterIndex = after && (this.#indexOf(after) ?? this.#firstNotBefore(after) - 1);
    const beforeIndex = before && (this.#indexOf(before) ?? this.#firstNotBefore(before));
    const { start, end } = indexRange({ after: afterIndex, before: beforeIndex, limit, fromEnd }, this.#list.length);
    const page: PlacedTransaction[] = [];
    if (start === end) return page;
    for (const { entry, heldBack, feeRate, sequence } of this.#list.from(start)) {
      const { transaction } = entry;
      page.push({ transaction, place: { heldBack, feeRate, sequence, id: transaction.id } });
      if (page.length === end - start) break;
    }
    return page;
  }

  /** Everything, from the first to be mined on. Do not change it while it runs. */
  placed(): Generator<Placed> {
    return this.#list.from(0);
  }

  /** Looked for at its rank alone, where a few of one sender stand: a scan of the list would take its time for each cursor. */
  #indexOf(place: Place): number | undefined {
    let index = this.#firstNotBefore(place);
    for (const placed of this.#list.from(index)) {
      if (isAhead(place, placed)) return undefined;
      if (equalBytes(placed.entry.transaction.id, place.id)) return index;
      index++;
    }
    return undefined;
  }

  /** First index whose rank is not ahead of `rank`. */
  #firstNotBefore(rank: Rank): number {
    return this.#list.firstNot((placed) => isAhead(placed, rank));
  }
}

/** One that pays more than those of its sender before it is mined right after them, at their rank. */
function worse(before: Rank | undefined, own: Rank): Rank {
  return before && !isAhead(before, own) ? before : own;
}

function rankOf({ feeRate, sequence }: Entry): Rank {
  return { heldBack: false, feeRate, sequence };
}

function heldBackRank({ sequence }: Entry): Rank {
  return { heldBack: true, feeRate: 0, sequence };
}

function isSame(a: Rank, b: Rank): boolean {
  return !isAhead(a, b) && !isAhead(b, a);
}

function isAhead(a: Rank, b: Rank): boolean {
  if (a.heldBack !== b.heldBack) return b.heldBack;
  return a.feeRate !== b.feeRate ? a.feeRate > b.feeRate : a.sequence < b.sequence;
}

/** Entries of the same rank are of one sender, by nonce. */
function inMiningOrder(a: Placed, b: Placed): number {
  if (isAhead(a, b)) return -1;
  if (isAhead(b, a)) return 1;
  const difference = a.entry.transaction.nonce - b.entry.transaction.nonce;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
