import TinyQueue from 'tinyqueue';
import type { Entry, SenderQueue } from './senderQueue.js';

/**
 * Every entry that can be mined, best fee rate first and each sender's in nonce order. Lazy: taking k entries costs
 * O(senders + k log senders). Do not change the queues while it runs.
 */
export function* miningOrder(queues: Iterable<SenderQueue>): Generator<Entry> {
  const heads: Head[] = [];
  for (const queue of queues) {
    const end = queue.readyCount;
    if (end > 0) heads.push({ queue, position: 0, end, entry: queue.entries[0]! });
  }
  const heap = new TinyQueue(heads, (a, b) => byFeeRate(a.entry, b.entry));
  for (let head = heap.pop(); head; head = heap.pop()) {
    yield head.entry;
    const position = head.position + 1;
    if (position < head.end) heap.push({ ...head, position, entry: head.queue.entries[position]! });
  }
}

/** The order of what waits for a missing nonce. */
export function inOrderOfArrival(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort((a, b) => a.sequence - b.sequence);
}

/** Negative if `a` pays a better fee rate than `b`, or the same and came first. */
export function byFeeRate(a: Entry, b: Entry): number {
  return b.feeRate - a.feeRate || a.sequence - b.sequence;
}

interface Head {
  readonly queue: SenderQueue;
  readonly position: number;
  readonly end: number;
  readonly entry: Entry;
}

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
