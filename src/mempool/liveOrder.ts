import TinyQueue from 'tinyqueue';
import type { Entry } from './entry.js';

/** Finds the first entry of an order. Entries that left the mempool are skipped lazily and cleared out when they are the most. */
export class LiveOrder {
  readonly #live: ReadonlyMap<string, Entry>;
  readonly #compare: (a: Entry, b: Entry) => number;
  #heap: TinyQueue<Entry>;

  /** `live` holds the entries of the mempool by transaction id. */
  constructor(live: ReadonlyMap<string, Entry>, compare: (a: Entry, b: Entry) => number) {
    this.#live = live;
    this.#compare = compare;
    this.#heap = new TinyQueue([], compare);
  }

  /** Also for an entry that is back: one that is there twice does no harm. */
  push(entry: Entry): void {
    this.#heap.push(entry);
    if (this.#heap.length > 2 * this.#live.size + SLACK) {
      this.#heap = new TinyQueue([...this.#live.values()], this.#compare);
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
