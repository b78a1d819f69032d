/** How fast tokens come back, and how many there can be. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * Tokens of several kinds: each fills up steadily to its burst. What is spent may be more than there is, since its size is often known
 * only afterwards: that makes a debt, of a burst at most, so that nobody waits for ever.
 */
export class TokenBuckets<Kind extends string> {
  readonly #rates: Readonly<Record<Kind, Rate>>;
  readonly #clock: { elapsed(): number };
  readonly #left: Record<Kind, number>;
  #at: number;

  /** Full. */
  constructor(rates: Readonly<Record<Kind, Rate>>, clock: { elapsed(): number }) {
    this.#rates = rates;
    this.#clock = clock;
    this.#at = clock.elapsed();
    const kinds = Object.keys(rates) as Kind[];
    this.#left = Object.fromEntries(kinds.map((kind) => [kind, rates[kind].burst])) as Record<Kind, number>;
  }

  /** Tokens of a kind; below 0 a debt. */
  left(kind: Kind): number {
    this.#fill();
    return this.#left[kind];
  }

  spend(kind: Kind, amount: number): void {
    this.#fill();
    this.#left[kind] = Math.max(this.#left[kind] - amount, -this.#rates[kind].burst);
  }

  /** A kind of which nothing is left; undefined if something is left of all. Of several, the one that takes longest. */
  empty(): Kind | undefined {
    this.#fill();
    let longest: Kind | undefined;
    for (const kind of Object.keys(this.#left) as Kind[]) {
      if (this.#left[kind] > 0) continue;
      if (longest === undefined || this.#secondsOf(kind) > this.#secondsOf(longest)) longest = kind;
    }
    return longest;
  }

  /** Whole seconds after which something is left of this kind, if nobody spends any meanwhile; 0 if something is left now. */
  secondsUntil(kind: Kind): number {
    this.#fill();
    return this.#left[kind] > 0 ? 0 : Math.floor(this.#secondsOf(kind)) + 1;
  }

  #secondsOf(kind: Kind): number {
    return -this.#left[kind] / this.#rates[kind].perSecond;
  }

  #fill(): void {
    const now = this.#clock.elapsed();
    const seconds = (now - this.#at) / 1_000;
    if (seconds <= 0) return;
    this.#at = now;
    for (const kind of Object.keys(this.#left) as Kind[]) {
      const { perSecond, burst } = this.#rates[kind];
      this.#left[kind] = Math.min(burst, this.#left[kind] + perSecond * seconds);
    }
  }
}
