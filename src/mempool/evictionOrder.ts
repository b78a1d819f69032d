import { BinaryHeap } from '../util/binaryHeap.js';
import { isMinedBefore } from './miningOrder.js';
import type { Entry } from './senderQueue.js';

/** Finds the worst-paying entry. Entries that left the mempool are skipped lazily and cleared out when they are the most. */
export class EvictionOrder {
  readonly #live: ReadonlyMap<string, Entry>;
  #heap = newHeap([]);

  /** `live` holds the entries of the mempool by transaction id. */
  constructor(live: ReadonlyMap<string, Entry>) {
    this.#live = live;
  }

  push(entry: Entry): void {
    this.#heap.push(entry);
    if (this.#heap.size > 2 * this.#live.size + SLACK) this.#heap = newHeap([...this.#live.values()]);
  }

  worst(): Entry | undefined {
    for (let entry = this.#heap.peek(); entry; entry = this.#heap.peek()) {
      if (this.#live.get(entry.txid) === entry) return entry;
      this.#heap.pop();
    }
    return undefined;
  }
}

function newHeap(entries: Entry[]): BinaryHeap<Entry> {
  return new BinaryHeap<Entry>((a, b) => isMinedBefore(b, a), entries);
}

const SLACK = 1_024;
