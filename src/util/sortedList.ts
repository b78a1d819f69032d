/** Items of one chunk at most: few enough that one more moves few others, and enough that there are few chunks. */
const MAX_CHUNK = 512;

/** Items of the list that are gone through in the time that one is searched for. */
const SEARCH = 16;

/** A list that stays in order while items come and go, each in time that hardly grows with its length. No two items may be equal. */
export class SortedList<Item> {
  readonly #compare: (a: Item, b: Item) => number;
  /** None is empty. */
  #chunks: Item[][] = [];
  #length = 0;

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#length;
  }

  /** Puts in items that are not in it. */
  add(items: readonly Item[]): void {
    // To go through the list once is faster for many.
    if (items.length * SEARCH > this.#length) {
      const all = [...this.from(0), ...items].sort(this.#compare);
      this.#chunks = [];
      for (let i = 0; i < all.length; i += MAX_CHUNK / 2) this.#chunks.push(all.slice(i, i + MAX_CHUNK / 2));
    } else {
      for (const item of items) this.#insert(item);
    }
    this.#length += items.length;
  }

  #insert(item: Item): void {
    const { chunk, offset } = this.#find((other) => this.#compare(other, item) < 0);
    // Behind all others it is the last of the last chunk.
    const items = this.#chunks[chunk] ?? this.#chunks.at(-1)!;
    items.splice(chunk < this.#chunks.length ? offset : items.length, 0, item);
    if (items.length > MAX_CHUNK) {
      this.#chunks.splice(this.#chunks.indexOf(items) + 1, 0, items.splice(MAX_CHUNK / 2));
    }
  }

  /** Takes out the items, which must be in it. */
  remove(items: ReadonlySet<Item>): void {
    if (items.size === 0) return;
    // As above.
    if (items.size * SEARCH > this.#length) {
      this.#chunks = this.#chunks.map((chunk) => chunk.filter((item) => !items.has(item)));
    } else {
      for (const item of items) {
        const { chunk, offset } = this.#find((other) => this.#compare(other, item) < 0);
        const part = this.#chunks[chunk]!;
        part.splice(offset, 1);
        // None is empty, also for those that are looked for next.
        if (part.length === 0) this.#chunks.splice(chunk, 1);
      }
    }
    this.#length -= items.size;
    this.#join();
  }

  /** Index of the first item for which the condition does not hold, if it holds for all before it and for none after; else the length. */
  firstNot(holds: (item: Item) => boolean): number {
    const { chunk, offset } = this.#find(holds);
    let index = offset;
    for (let i = 0; i < chunk; i++) index += this.#chunks[i]!.length;
    return index;
  }

  /** Items from index `start` on, one after another. Do not change the list while it runs. */
  *from(start: number): Generator<Item> {
    let skipped = start;
    for (const chunk of this.#chunks) {
      if (skipped < chunk.length) for (let i = skipped; i < chunk.length; i++) yield chunk[i]!;
      skipped = Math.max(skipped - chunk.length, 0);
    }
  }

  /** Place of the first item for which the condition does not hold; behind the last chunk if it holds for all. */
  #find(holds: (item: Item) => boolean): { readonly chunk: number; readonly offset: number } {
    const chunk = firstIndex(this.#chunks.length, (i) => !holds(this.#chunks[i]!.at(-1)!));
    const items = this.#chunks[chunk];
    return { chunk, offset: items ? firstIndex(items.length, (i) => !holds(items[i]!)) : 0 };
  }

  /** Puts small neighbours together, so that there are never many chunks of few items. */
  #join(): void {
    const joined: Item[][] = [];
    for (const chunk of this.#chunks) {
      const last = joined.at(-1);
      if (last && last.length + chunk.length <= MAX_CHUNK / 2) last.push(...chunk);
      else if (chunk.length > 0) joined.push(chunk);
    }
    this.#chunks = joined;
  }
}

/** First index from 0 to `length` for which the condition holds, if it holds for all after it; otherwise `length`. */
export function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
