/** Random choices that follow from a seed (Marsaglia's xorshift32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    // The state must not be 0, and successive seeds must not start alike.
    this.#state = Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b || 1;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % below;
  }

  /** One item of the list. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** The same items in another order. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const list = [...items];
    for (let last = list.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [list[last], list[other]] = [list[other]!, list[last]!];
    }
    return list;
  }
}
