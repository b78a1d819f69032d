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

/**
 * The events of a source, each when it is asked for: a subscriber that is slow to read finds the state as it is then, and
 * nothing is computed or kept for it meanwhile. `return` ends it at once, also while an event is waited for.
 */
export class Feed<Value> implements AsyncIterableIterator<FeedEvent<Value>> {
  readonly #source: Source<Value>;
  readonly #services: Pick<Services, 'chain' | 'blocks' | 'activity'>;
  readonly #stopListening: () => void;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(source: Source<Value>, services: Pick<Services, 'chain' | 'blocks' | 'activity'>) {
    this.#source = source;
    this.#services = services;
    this.#stopListening = source.listen(() => this.#wake?.());
  }

  async next(): Promise<IteratorResult<FeedEvent<Value>, undefined>> {
    for (;;) {
      if (this.#isOver()) return DONE;
      const endTurn = await this.#services.activity.turns.begin();
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

  #isOver(): boolean {
    if (this.#source.ended) this.#close();
    return this.#closed;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopListening();
    this.#wake?.();
  }
}

const DONE = { done: true, value: undefined } as const;
