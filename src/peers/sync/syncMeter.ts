/** How fast a download goes and how long it will take. */
export interface SyncPace {
  readonly height: number;
  readonly targetHeight: number;
  readonly blocksPerSecond: number;
  readonly secondsLeft: number;
}

/** Measures one download. Times are in milliseconds, only differences count. */
export class SyncMeter {
  readonly #from: number;
  readonly #started: number;
  #height: number;
  #targetHeight: number;
  #told: number;

  constructor(from: number, targetHeight: number, now: number) {
    this.#from = from;
    this.#height = from;
    this.#targetHeight = targetHeight;
    this.#started = now;
    this.#told = now;
  }

  get targetHeight(): number {
    return this.#targetHeight;
  }

  /** Headers up to this height have been checked. */
  aim(height: number): void {
    this.#targetHeight = Math.max(this.#targetHeight, height);
  }

  /** A block of this height is stored. The pace, where an operator has waited long enough for news. */
  at(height: number, now: number): SyncPace | undefined {
    this.#height = Math.max(this.#height, height);
    this.#targetHeight = Math.max(this.#targetHeight, height);
    if (now - this.#told < NEWS_MS) return undefined;
    this.#told = now;
    const blocksPerSecond = (1000 * (this.#height - this.#from)) / (now - this.#started);
    const left = this.#targetHeight - this.#height;
    return {
      height: this.#height,
      targetHeight: this.#targetHeight,
      blocksPerSecond: Math.round(blocksPerSecond),
      secondsLeft: blocksPerSecond > 0 ? Math.ceil(left / blocksPerSecond) : 0,
    };
  }
}

const NEWS_MS = 5_000;
