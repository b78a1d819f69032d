import { after } from 'node:test';
import { createClient as createEventClient, type Client as EventClient } from 'graphql-sse';
import { createClient as createSocketClient, type Client as SocketClient, type ClientOptions } from 'graphql-ws';
import { WebSocket } from 'ws';

/** A graphql-ws client of the endpoint, closed when the test file has ended. */
export function socketClient(url: string, options: Partial<ClientOptions> = {}): SocketClient {
  const client = createSocketClient({
    url: url.replace('http:', 'ws:'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...options,
  });
  after(() => client.dispose());
  return client;
}

/** A graphql-ws client that sends these headers, at once. */
export function forwardedClient(url: string, headers: Record<string, string>): SocketClient {
  class Forwarded extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, { headers });
    }
  }
  return socketClient(url, { webSocketImpl: Forwarded, lazy: false });
}

/** A graphql-sse client of the endpoint, closed when the test file has ended. */
export function eventClient(url: string): EventClient {
  const client = createEventClient({ url: `${url}/stream`, retryAttempts: 0 });
  after(() => client.dispose());
  return client;
}

/** Events that a client got from one subscription, in order. */
export interface Follower {
  /** The next answer's field of this name; throws if there are errors or the end instead. */
  next(field: string): Promise<unknown>;
  /** The next event of any kind. */
  raw(): Promise<IteratorResult<Result, undefined>>;
  stop(): Promise<void>;
}

interface Result {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
}

/** Starts a subscription. */
export function follow(
  client: SocketClient | EventClient,
  query: string,
  variables?: Record<string, unknown>,
): Follower {
  const results = client.iterate({ query, ...(variables && { variables }) }) as AsyncIterableIterator<
    Result,
    undefined
  >;
  return {
    next: async (field) => {
      const answer = await results.next();
      if (answer.done) throw new Error('expected an answer, got the end');
      const { data, errors } = answer.value;
      if (errors) throw new Error(`expected an answer, got ${JSON.stringify(errors)}`);
      return (data as Record<string, unknown>)[field];
    },
    raw: () => results.next(),
    stop: async () => {
      await results.return?.();
    },
  };
}

/** Resolves when the event has its next listener: then a subscription without a first event has begun. */
export function listened(event: { on(...args: never[]): () => void }): Promise<void> {
  const on = event.on.bind(event);
  return new Promise((resolve) => {
    event.on = (...args) => {
      event.on = on;
      resolve();
      return on(...args);
    };
  });
}

/** The code of the first error that a subscription is refused or ended with; undefined if it is answered. */
export async function refusal(client: SocketClient | EventClient, query: string): Promise<unknown> {
  const follower = follow(client, query);
  try {
    const { value } = await follower.raw();
    return value?.errors?.[0]?.extensions?.['code'];
  } catch (failure) {
    // The client throws a refusal over a WebSocket unchanged.
    if (!Array.isArray(failure)) throw failure;
    return (failure as NonNullable<Result['errors']>)[0]?.extensions?.['code'];
  } finally {
    await follower.stop();
  }
}
