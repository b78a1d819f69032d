import { RequestError } from './requests.js';

/** Where a feed gets its values from. */
export interface LiveSources<Value> {
  /** Opens the subscription from where the feed has come to; undefined if there cannot be one. */
  readonly subscribe: (() => AsyncIterable<Value>) | undefined;
  /** Asks for the values that are new since the last time; stops when `signal` aborts. */
  readonly poll: (signal?: AbortSignal) => Promise<readonly Value[]>;
}

export interface LiveOptions {
  /** Between two polls, milliseconds. */
  readonly pollMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The values of a subscription. Before it opens, and after it has ended, they are polled for, and every tenth time the subscription is tried
 * again. Ends when `signal` aborts; throws as a poll does.
 */
export async function* live<Value>(
  { subscribe, poll }: LiveSources<Value>,
  { pollMs, signal }: LiveOptions,
): AsyncGenerator<Value, void> {
  for (let round = 0; !signal?.aborted; round++) {
    if (subscribe && round % POLLS_PER_ATTEMPT === 0) {
      try {
        yield* subscribe();
      } catch (error) {
        // No WebSocket reaches the node, or it broke: polling says whether there is a node.
        if (!(error instanceof RequestError)) throw error;
      }
      if (signal?.aborted) return;
    }
    let values: readonly Value[];
    try {
      values = await poll(signal);
    } catch (error) {
      if (signal?.aborted) return;
      throw error;
    }
    yield* values;
    await pause(pollMs, signal);
  }
}

const POLLS_PER_ATTEMPT = 10;

/** Resolves after a while, or at once when `signal` aborts. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
}

/** Each value of an asynchronous iterable as `change` makes it. */
export async function* mapAsync<From, To>(
  source: AsyncIterable<From>,
  change: (value: From) => To,
): AsyncGenerator<To, void> {
  for await (const value of source) yield change(value);
}
