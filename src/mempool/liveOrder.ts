import { BinaryHeap } from '../util/binaryHeap.js';
import type { Entry } from './senderQueue.js';

/** Finds the first entry of an order. Entries that left the mempool are skipped lazily and cleared out when they are the most. */
export class LiveOrder {
  readonly #live: ReadonlyMap<string, Entry>;
  readonly #before: (a: Entry, b: Entry) => boolean;
  #heap: BinaryHeap<Entry>;

  /** `live` holds the entries of the mempool by transaction id. */
  constructor(live: ReadonlyMap<string, Entry>, before: (a: Entry, b: Entry) => boolean) {
    this.#live = live;
    this.#before = before;
    this.#heap = new BinaryHeap(before);
  }

  /** Also for an entry that is back: one that is there twice does no harm. */
  push(entry: Entry): void {
    this.#heap.push(entry);
    if (this.#heap.size > 2 * this.#live.size + SLACK) {
      this.#heap = new BinaryHeap(this.#before, [...this.#live.values()]);
    }
  }

  first(): Entry | undefined {
    for (let entry = this.#heap.peek(); entry; entry = this.#heap.peek()) {
      if (this.#live.get(entry.txid) === entry) return entry;
      this.#heap.pop();
    }
    return undefined;
  }
}

const SLACK = 1_024;
