/** Runs asynchronous tasks one at a time, in the order given. At `capacity` waiting tasks a new one is refused. */
export class SerialQueue {
  readonly #capacity: number;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Result of the task; rejects with QueueFullError at the bound. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= this.#capacity) return Promise.reject(new QueueFullError(this.#capacity));
    this.#waiting++;
    const result = this.#last.then(task).finally(() => this.#waiting--);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Tasks that have not ended. */
  get length(): number {
    return this.#waiting;
  }

  /** Resolves when everything queued so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}

export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
  constructor(capacity: number) {
    super(`expected at most ${capacity} waiting tasks, got one more`);
  }
}
