import type { FormattedExecutionResult, Sink, SubscribePayload } from 'graphql-ws/client';
import { asSubscriptionError, RequestError } from './requests.js';

/** Answers that a reader may fall behind. */
const MAX_UNREAD_ANSWERS = 4_096;

export interface SubscriptionModules {
  /** graphql-ws's client. */
  readonly socket: {
    subscribe<Answer>(payload: SubscribePayload, sink: Sink<FormattedExecutionResult<Answer, unknown>>): () => void;
  };
  /** Of the node, for messages. */
  readonly url: string;
}

/**
 * Answers of one subscription, in order, until it completes or `signal` aborts it. Throws RequestError: at MAX_UNREAD_ANSWERS answers that were not
 * read yet, SLOW_CONSUMER, since a reader that falls behind can start again from what it has read.
 */
export async function* subscription<Answer>(
  payload: SubscribePayload,
  modules: SubscriptionModules,
  signal?: AbortSignal,
): AsyncGenerator<Answer, void> {
  const { socket, url } = modules;
  const waiting: Answer[] = [];
  const end: { reached: boolean; failure?: RequestError } = { reached: false };
  let wake = (): void => undefined;
  const stop = (): void => {
    end.reached = true;
    wake();
  };
  const fail = (failure: RequestError): void => {
    end.failure ??= failure;
    stop();
  };
  const unsubscribe = socket.subscribe<Answer>(payload, {
    next: ({ data, errors }) => {
      if (data == null) fail(asSubscriptionError(errors ?? [], url));
      else if (waiting.length >= MAX_UNREAD_ANSWERS) {
        fail(new RequestError('SLOW_CONSUMER', `expected answers to be read, got ${MAX_UNREAD_ANSWERS} that wait`));
      } else {
        waiting.push(data);
        wake();
      }
    },
    error: (error) => fail(asSubscriptionError(error, url)),
    complete: stop,
  });
  signal?.addEventListener('abort', stop);
  try {
    while (!signal?.aborted) {
      if (waiting.length > 0) yield waiting.shift()!;
      else if (end.failure) throw end.failure;
      else if (end.reached) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    unsubscribe();
  }
}
