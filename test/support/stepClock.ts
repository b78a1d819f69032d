/** A clock of whole milliseconds for many nodes: what is due runs in the order of its times, and time stands still while anybody is at work. */
export class StepClock {
  #elapsed = 0;
  readonly #due = new Map<number, (() => void)[]>();
  readonly #work = new Set<Promise<unknown>>();

  elapsed(): number {
    return this.#elapsed;
  }

  at(time: number, run: () => void): void {
    const due = this.#due.get(time);
    if (due) due.push(run);
    else this.#due.set(time, [run]);
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.#elapsed + milliseconds, resolve));
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve());
      this.at(this.#elapsed + milliseconds, resolve);
    });
  }

  /** No time passes until this has ended. */
  busy<Result>(work: Promise<Result>): Promise<Result> {
    const ended = work.finally(() => this.#work.delete(ended));
    this.#work.add(ended);
    return ended;
  }

  /** Lets so many milliseconds pass. */
  async run(milliseconds: number): Promise<void> {
    for (const end = this.#elapsed + milliseconds; this.#elapsed <= end; this.#elapsed++) {
      const due = this.#due.get(this.#elapsed);
      if (!due) continue;
      this.#due.delete(this.#elapsed);
      for (const run of due) run();
      do {
        await Promise.all(this.#work);
        await new Promise((resolve) => setImmediate(resolve));
      } while (this.#work.size > 0);
    }
  }
}
