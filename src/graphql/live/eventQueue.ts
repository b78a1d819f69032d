import { slowConsumer } from '../errors.js';
import type { Source } from './feed.js';

/**
 * Events that a subscriber is told one by one, in order. At MAX_WAITING that it did not read yet they are forgotten, and its
 * subscription ends with SLOW_CONSUMER: to leave some out without a word would be worse.
 */
export class EventQueue<Value> implements Source<Value> {
  readonly #subscribe: (listener: (value: Value) => void) => () => void;
  #waiting: Value[] = [];
  #overflowed = false;

  constructor(subscribe: (listener: (value: Value) => void) => () => void) {
    this.#subscribe = subscribe;
  }

  listen(wake: () => void): () => void {
    return this.#subscribe((value) => {
      if (this.#overflowed) return;
      if (this.#waiting.length < MAX_WAITING) {
        this.#waiting.push(value);
      } else {
        this.#waiting = [];
        this.#overflowed = true;
      }
      wake();
    });
  }

  next(): Value | undefined {
    if (this.#overflowed) throw slowConsumer(`more than ${MAX_WAITING} events waited to be read`);
    return this.#waiting.shift();
  }
}

/** Four batches of transactions. They are references: the transactions are the mempool's own. */
export const MAX_WAITING = 4_096;
