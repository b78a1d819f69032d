import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const REMEMBERED = 60;

/** How long something holds the event loop, during which nobody is answered: the longest time of each tick. */
export class EventLoopWatch {
  readonly #delays: IntervalHistogram;
  readonly #recent: number[] = [];

  constructor() {
    this.#delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delays.enable();
  }

  /** The longest time since the last tick, in milliseconds. Call it every second or so. */
  tick(): number {
    // Before the first sample it is 0; each holds the pause between two samples, too.
    const longest = Math.max(0, this.#delays.max / 1e6 - RESOLUTION_MS);
    this.#delays.reset();
    this.#recent.push(longest);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    return longest;
  }

  /** Of the last ticks, the oldest first. */
  get recent(): readonly number[] {
    return this.#recent;
  }

  close(): void {
    this.#delays.disable();
  }
}
