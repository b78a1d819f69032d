import { ClientError } from 'graphql-request';

/**
 * A request that got no result: `code` is what the node answered, such as BAD_USER_INPUT, or UNREACHABLE (no node answers there),
 * TIMED_OUT, NO_GRAPHQL (something else answers) or SLOW_CONSUMER (a subscription was not read in time). Refused transactions are no
 * errors: they are outcomes.
 */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What a failed request means: `error` is what graphql-request or fetch threw. */
export function asRequestError(error: unknown, url: string): RequestError {
  if (error instanceof ClientError) {
    const { errors, status } = error.response;
    if (errors) return answered(errors);
    // A node that stops, or a proxy without one behind it.
    if (status >= 502 && status <= 504) return unreachable(url, `HTTP ${status}`, error);
    return new RequestError('NO_GRAPHQL', `${url}: expected GraphQL, got HTTP ${status}`);
  }
  const { name, message } = error as Error;
  if (name === 'TimeoutError') return new RequestError('TIMED_OUT', `${url}: expected an answer in time, got none`);
  // What fetch throws says why in its cause.
  if (error instanceof TypeError) return unreachable(url, (error.cause as Cause | undefined)?.code ?? message, error);
  const got = message.slice(0, MAX_SHOWN);
  return new RequestError('NO_GRAPHQL', `${url}: expected GraphQL, got: ${got}`, { cause: error });
}

/** What a failed subscription means: `error` is what graphql-ws gave, the node's errors or why the connection ended. */
export function asSubscriptionError(error: unknown, url: string): RequestError {
  if (Array.isArray(error)) return answered(error as Answered);
  const { code, reason } = error as { readonly code?: number; readonly reason?: string };
  return unreachable(url, reason || `a closed WebSocket (${code ?? 'no code'})`, error);
}

interface Cause {
  readonly code?: string;
}

function unreachable(url: string, got: string, cause: unknown): RequestError {
  return new RequestError('UNREACHABLE', `${url}: expected a running node, got: ${got}`, { cause });
}

type Answered = readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];

function answered([first]: Answered): RequestError {
  const code = first?.extensions?.['code'];
  return new RequestError(
    typeof code === 'string' ? code : 'NO_GRAPHQL',
    first?.message ?? 'expected a reason, got none',
  );
}

/** A server that is no node chooses the rest. */
const MAX_SHOWN = 300;
