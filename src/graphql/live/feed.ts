import { type Budget, putOffMs } from '../limits.js';
import { RequestView } from '../requestView.js';
import type { Services } from '../services.js';

/** What one subscription follows. */
export interface Source<Value> {
  /** Calls `wake` whenever `next` may have something, from now on; the function returned ends that. */
  listen(wake: () => void): () => void;
  /** The subscriber's next event, as of this view; undefined if there is none now. */
  next(view: RequestView): Value | undefined;
  /** True once no event can follow. */
  readonly ended?: boolean;
}

/** An event, and the state of the chain that it is an event of. */
export interface FeedEvent<Value> {
  readonly value: Value;
  readonly view: RequestView;
  /** Gives the view and the turn back: call it when the event is answered. */
  end(): void;
}

/** Whom events are for. */
export interface Served {
  readonly services: Pick<Services, 'chain' | 'blocks' | 'activity'>;
  /** Undefined where nothing is counted. */
  readonly budget?: Pick<Budget, 'left' | 'rates'> | undefined;
}

/**
 * The events of a source, each when it is asked for: a subscriber that is slow to read, or has spent its budget, finds the state as it is
 * then, and nothing is computed or kept for it meanwhile. `return` ends it at once, also while an event is waited for.
 */
export class Feed<Value> implements AsyncIterableIterator<FeedEvent<Value>> {
  readonly #source: Source<Value>;
  readonly #services: Served['services'];
  readonly #budget: Served['budget'];
  readonly #stopListening: () => void;
  #wake: (() => void) | undefined;
  #endPause: (() => void) | undefined;
  #closed = false;

  constructor(source: Source<Value>, { services, budget }: Served) {
    this.#source = source;
    this.#services = services;
    this.#budget = budget;
    this.#stopListening = source.listen(() => this.#wake?.());
  }

  async next(): Promise<IteratorResult<FeedEvent<Value>, undefined>> {
    for (;;) {
      if (this.#isOver()) return DONE;
      const endTurn = await this.#services.activity.turns.begin();
      // In its turn, since the events before it are paid by then.
      const pauseMs = this.#budget && !this.#isOver() ? putOffMs(this.#budget) : 0;
      if (pauseMs > 0) {
        endTurn();
        await this.#pause(pauseMs);
        continue;
      }
      const view = new RequestView(this.#services);
      const end = () => {
        view.release();
        endTurn();
      };
      let value: Value | undefined;
      try {
        value = this.#isOver() ? undefined : this.#source.next(view);
      } catch (failure) {
        end();
        this.#close();
        throw failure;
      }
      if (value !== undefined) return { done: false, value: { value, view, end } };
      end();
      if (!this.#isOver()) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  return(): Promise<IteratorResult<FeedEvent<Value>, undefined>> {
    this.#close();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #isOver(): boolean {
    if (this.#source.ended) this.#close();
    return this.#closed;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopListening();
    this.#wake?.();
    this.#endPause?.();
  }
}

const DONE = { done: true, value: undefined } as const;
