import type { TypedDocumentString } from './operations/public.js';
import { type Client, createClient } from 'graphql-ws/client';
import { NodeRequests } from './requests.js';
import { subscription } from './subscription.js';

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
