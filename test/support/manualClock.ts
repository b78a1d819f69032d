import type { NodeClock } from '../../src/node/systemClock.js';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that a test moves. What waits for it runs when its time has come, in the order of its times. */
export class ManualClock implements NodeClock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** When the next thing is due; Infinity if nothing waits. */
  get next(): number {
    let next = Infinity;
    for (const { at } of this.#sleepers) next = Math.min(next, at);
    return next;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const forget = this.#at(this.#now + milliseconds, end);
      function end(): void {
        forget();
        signal.removeEventListener('abort', end);
        resolve();
      }
      signal.addEventListener('abort', end);
    });
  }

  deadline(milliseconds: number): AbortSignal {
    const controller = new AbortController();
    this.#at(this.#now + milliseconds, () => controller.abort(new DOMException('deadline', 'TimeoutError')));
    return controller.signal;
  }

  every(milliseconds: number, task: () => void): () => void {
    let forget = (): void => undefined;
    const wait = () => {
      forget = this.#at(this.#now + milliseconds, () => {
        wait();
        task();
      });
    };
    wait();
    return () => forget();
  }

  /** Runs what is due until then. What that causes to wait in turn is not reached in the same call, unless it came at once. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    while (this.next <= end) {
      const at = (this.#now = Math.max(this.#now, this.next));
      for (const sleeper of [...this.#sleepers]) if (sleeper.at <= at) this.#wake(sleeper);
    }
    this.#now = end;
  }

  #at(at: number, wake: () => void): () => void {
    const sleeper: Sleeper = { at, wake };
    this.#sleepers.add(sleeper);
    return () => void this.#sleepers.delete(sleeper);
  }

  #wake(sleeper: Sleeper): void {
    // Unless something that was due with it has ended its wait.
    if (this.#sleepers.delete(sleeper)) sleeper.wake();
  }
}
