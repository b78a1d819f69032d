import { ClientError } from 'graphql-request';

/**
 * A request that got no result: `code` is what the node answered, such as BAD_USER_INPUT, or UNREACHABLE (no node answers there),
 * TIMED_OUT, NO_GRAPHQL (something else answers) or SLOW_CONSUMER (a subscription was not read in time). Refused transactions are no
 * errors: they are outcomes.
 */
export class RequestError extends Error {
  override readonly name: string = 'RequestError';
  readonly code: string;
  /** False only where it is certain that nothing of the request was done: no connection was made, or the node refused to begin. */
  readonly mayHaveArrived: boolean;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.mayHaveArrived = !REFUSED.has(code) && mayHaveArrived(options?.cause);
  }
}

/** False if it is certain that a node did nothing of a request that failed so; `error` is what graphql-request or fetch threw. */
export function mayHaveArrived(error: unknown): boolean {
  if (error instanceof ClientError) {
    const extensions = error.response.errors?.[0]?.extensions as Record<string, unknown> | undefined;
    const code = extensions?.['code'];
    return !(typeof code === 'string' && REFUSED.has(code));
  }
  // Node says in which call a request failed; where no platform says so, as in browsers, nothing is certain.
  const { cause } = (error ?? {}) as { readonly cause?: Partial<Record<'code' | 'syscall', string>> };
  const failures = cause instanceof AggregateError ? (cause.errors as (typeof cause)[]) : [cause];
  return !failures.every((failure) => CONNECTING.has(failure?.syscall ?? failure?.code ?? ''));
}

/** True if the same request may have an answer later: nothing answered, or what stands before the node did, or the node could not. */
export function mayPass({ code }: RequestError): boolean {
  return PASSING.has(code);
}

const PASSING: ReadonlySet<string> = new Set([
  'UNREACHABLE',
  'TIMED_OUT',
  'NO_GRAPHQL',
  'STOPPING',
  'BUSY',
  'STORAGE_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
]);

/** What a node answers about a request before it does anything of it. */
const REFUSED: ReadonlySet<string> = new Set([
  'BAD_USER_INPUT',
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
  'UNAUTHENTICATED',
]);
/** What Node was in when there was no connection yet. */
const CONNECTING: ReadonlySet<string> = new Set(['connect', 'getaddrinfo', 'UND_ERR_CONNECT_TIMEOUT']);

/** What a failed request means: `error` is what graphql-request or fetch threw. */
export function asRequestError(error: unknown, url: string): RequestError {
  if (error instanceof ClientError) {
    const { errors, status } = error.response;
    if (errors) return answered(errors);
    // A node that stops, or a proxy without one behind it.
    if (status >= 502 && status <= 504) return unreachable(url, `HTTP ${status}`, error);
    return new RequestError('NO_GRAPHQL', `${url}: expected GraphQL, got HTTP ${status}`, { cause: error });
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
