/**
 * Shares the event loop: one event of all subscriptions is answered at a time, and after BUDGET_MS of them everybody else has a
 * turn. Without it, a thousand subscribers of one block would hold up every request until the last of them is served.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #since = 0;

  /** Resolves when it is the caller's turn; the function returned ends it and must be called. */
  async begin(): Promise<() => void> {
    const previous = this.#last;
    let end!: () => void;
    this.#last = new Promise((resolve) => (end = resolve));
    await previous;
    if (performance.now() - this.#since > BUDGET_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#since = performance.now();
    }
    return end;
  }
}

const BUDGET_MS = 10;
