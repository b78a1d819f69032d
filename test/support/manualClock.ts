import type { NodeClock } from '../../src/node/world.js';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that a test moves. Timers run when their time has come, in the order of their times. */
export class ManualClock implements NodeClock {
  #elapsed = 0;
  /** Difference between the date and the elapsed time. */
  #ahead: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now = 1_000_000) {
    this.#ahead = now;
  }

  now(): number {
    return this.#elapsed + this.#ahead;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  /** Somebody sets the date, this much later or earlier than it was: no time goes by. */
  step(milliseconds: number): void {
    this.#ahead += milliseconds;
  }

  /** The clock of a machine whose date is its own, and whose time goes on with this one. */
  ofMachine(): MachineClock {
    return new MachineClock(this);
  }

  /** When the next thing is due, as `elapsed` has it; Infinity if nothing waits. */
  get next(): number {
    let next = Infinity;
    for (const { at } of this.#sleepers) next = Math.min(next, at);
    return next;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const forget = this.#at(this.#elapsed + milliseconds, end);
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
    this.#at(this.#elapsed + milliseconds, () => controller.abort(new DOMException('deadline', 'TimeoutError')));
    return controller.signal;
  }

  every(milliseconds: number, task: () => void): () => void {
    let forget = (): void => undefined;
    const wait = () => {
      forget = this.#at(this.#elapsed + milliseconds, () => {
        wait();
        task();
      });
    };
    wait();
    return () => forget();
  }

  /** Runs timers due until then. New timers that these start later do not run in the same call, only those started at once. */
  advance(milliseconds: number): void {
    const end = this.#elapsed + milliseconds;
    while (this.next <= end) {
      const at = (this.#elapsed = Math.max(this.#elapsed, this.next));
      for (const sleeper of [...this.#sleepers]) if (sleeper.at <= at) this.#wake(sleeper);
    }
    this.#elapsed = end;
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

/** One machine's clock: its date can be set without any other's. */
export class MachineClock implements NodeClock {
  readonly #time: ManualClock;
  #ahead = 0;

  constructor(time: ManualClock) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now() + this.#ahead;
  }

  /** Somebody sets this machine's date, this much later or earlier than it was. */
  step(milliseconds: number): void {
    this.#ahead += milliseconds;
  }

  elapsed(): number {
    return this.#time.elapsed();
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return this.#time.sleep(milliseconds, signal);
  }

  deadline(milliseconds: number): AbortSignal {
    return this.#time.deadline(milliseconds);
  }

  every(milliseconds: number, task: () => void): () => void {
    return this.#time.every(milliseconds, task);
  }
}
