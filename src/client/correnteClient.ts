import type { TypedDocumentString } from './operations/public.js';
import {
  type Client,
  createClient,
  type FormattedExecutionResult,
  type Sink,
  type SubscribePayload,
} from 'graphql-ws/client';
import { asSubscriptionError, NodeRequests, RequestError } from './requests.js';

/** Answers that a reader may fall behind. */
const MAX_UNREAD_ANSWERS = 4_096;

/** A way to one node: the parts of this client ask through it. */
export interface NodeConnection {
  /** The answer to a query or mutation; rejects with RequestError, or with the reason of `signal`. */
  request<Answer, Variables>(
    document: TypedDocumentString<Answer, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Answer>;
  /**
   * The answers of a subscription until it completes or `signal` aborts it; throws RequestError. Left out where there is no WebSocket:
   * the client then polls.
   */
  readonly subscribe?: Subscribe | undefined;
}

export type Subscribe = <Answer, Variables>(
  document: TypedDocumentString<Answer, Variables>,
  variables: Variables,
  signal?: AbortSignal,
) => AsyncIterable<Answer>;

export interface CorrenteClientOptions {
  /** GraphQL endpoint of the node: an absolute http or https URL. */
  readonly url: string;
  /** The node's admin token, for operations that only its operator may use. */
  readonly token?: string;
  /** Deadline of each request, milliseconds; 10,000 by default. */
  readonly timeoutMs?: number;
  /** After this long without a message, a subscription's connection is tried, milliseconds; 20,000 by default. */
  readonly pingMs?: number;
  /** WebSocket class for subscriptions. By default the platform's own; Node has one from version 22 on, and `undici` for 20. */
  readonly webSocket?: unknown;
  /** By default the platform's own. */
  readonly fetch?: typeof fetch;
}

/** Speaks to one node: queries and mutations over HTTP, subscriptions over one WebSocket that is open while there are any. */
export class CorrenteClient implements NodeConnection {
  readonly subscribe: Subscribe | undefined;
  readonly #timeoutMs: number;
  readonly #requests: NodeRequests;
  readonly #socket: Client | undefined;
  #pongDue: ReturnType<typeof setTimeout> | undefined;

  constructor({ url, token, timeoutMs = 10_000, pingMs = 20_000, webSocket, fetch }: CorrenteClientOptions) {
    this.#timeoutMs = timeoutMs;
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    this.#requests = new NodeRequests({ url, headers, fetch });
    const webSocketImpl = webSocket ?? (globalThis as { readonly WebSocket?: unknown }).WebSocket;
    if (webSocketImpl === undefined) return;
    // A broken connection is not tried again here: the reader knows where to go on.
    this.#socket = createClient({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl,
      retryAttempts: 0,
      connectionAckWaitTimeout: timeoutMs,
      keepAlive: pingMs,
      on: {
        ping: (received) => !received && this.#expectPong(),
        pong: (received) => received && this.#ponged(),
        closed: () => this.#ponged(),
      },
    });
    const socket = this.#socket;
    this.subscribe = (document, variables, signal) => {
      const payload = { query: document.toString(), variables: variables as Record<string, unknown> };
      return subscription(payload, { socket, url }, signal);
    };
  }

  /** Rejects with RequestError, or with the reason of `signal` when that aborts. */
  async request<Answer, Variables>(
    document: TypedDocumentString<Answer, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Answer> {
    return this.#requests.request(document, variables, { timeoutMs: this.#timeoutMs, signal });
  }

  /** Ends the WebSocket and every subscription. */
  close(): void {
    this.#socket?.terminate();
  }

  /** A node that vanishes without closing the connection would leave its subscribers waiting for good. */
  #expectPong(): void {
    this.#pongDue = setTimeout(() => this.#socket?.terminate(), this.#timeoutMs);
  }

  #ponged(): void {
    clearTimeout(this.#pongDue);
  }
}

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
