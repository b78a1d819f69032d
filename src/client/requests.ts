import { ClientError, GraphQLClient } from 'graphql-request';
import type { TypedDocumentString } from './operations/public.js';

export interface NodeRequestsOptions {
  /** GraphQL endpoint of the node. */
  readonly url: string;
  /** Sent with each request. */
  readonly headers?: Record<string, string> | undefined;
  /** By default the platform's own. */
  readonly fetch?: typeof fetch | undefined;
  /** What a redirect leads to; followed by default. */
  readonly redirect?: 'follow' | 'manual' | undefined;
  /** A signal that aborts after so many milliseconds; the platform's own clock by default. */
  readonly deadline?: ((milliseconds: number) => AbortSignal) | undefined;
}

export interface RequestLimits {
  /** Deadline of the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Queries and mutations of one node, over HTTP. Every method rejects with RequestError, or with the reason of `signal` when that aborts. */
export class NodeRequests {
  readonly #url: string;
  readonly #client: GraphQLClient;
  readonly #deadline: (milliseconds: number) => AbortSignal;

  constructor({ url, headers, fetch, redirect, deadline }: NodeRequestsOptions) {
    this.#url = url;
    this.#client = new GraphQLClient(url, {
      ...(headers && { headers }),
      ...(fetch && { fetch }),
      ...(redirect && { redirect }),
      // Else graphql-request parses each document to find its name.
      excludeOperationName: true,
    });
    this.#deadline = deadline ?? ((milliseconds) => AbortSignal.timeout(milliseconds));
  }

  async request<Answer, Variables>(
    document: TypedDocumentString<Answer, Variables>,
    variables: Variables,
    limits: RequestLimits,
  ): Promise<Answer> {
    const data = await this.data(document, variables, limits);
    if (data === null) throw this.#withoutData();
    return data as Answer;
  }

  /** What the answer has as its data, unchecked: whatever answers there may be no node. */
  async data<Answer, Variables>(
    document: TypedDocumentString<Answer, Variables>,
    variables: Variables,
    { timeoutMs, signal }: RequestLimits,
  ): Promise<unknown> {
    const deadline = this.#deadline(timeoutMs);
    let data: unknown;
    try {
      data = await this.#client.request({
        document: document.toString(),
        variables: variables as Record<string, unknown>,
        signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
      });
    } catch (error) {
      signal?.throwIfAborted();
      const url = this.#url;
      if (!deadline.aborted) throw asRequestError(error, url);
      throw new RequestError('TIMED_OUT', `expected an answer within ${timeoutMs / 1_000} s, got none`, { url });
    }
    // What graphql-request makes of JSON without data.
    if (data === undefined) throw this.#withoutData();
    return data;
  }

  #withoutData(): RequestError {
    return new RequestError('NO_GRAPHQL', 'expected a GraphQL answer, got JSON without data', { url: this.#url });
  }
}

/** What a request that got no result came to. */
export type RequestFault =
  /** No node answers there: no connection, or a proxy without a node behind it. */
  | 'unreachable'
  /** No answer before the deadline. */
  | 'timedOut'
  /** Something else answers. */
  | 'noGraphql'
  /** The node answered with an error of its API. */
  | 'refused'
  /** The answers of a subscription were not read in time. */
  | 'slowConsumer';

export interface RequestErrorOptions extends ErrorOptions {
  /** Of the node; the message begins with it. */
  readonly url?: string;
  /** HTTP status of the answer. */
  readonly status?: number;
  /** Code and message of the GraphQL error that was answered. */
  readonly said?: string | undefined;
  /** Seconds, as the header Retry-After has them. */
  readonly retryAfter?: number | undefined;
}

/**
 * A request that got no result: `code` is what the node answered, such as BAD_USER_INPUT, or UNREACHABLE, TIMED_OUT, NO_GRAPHQL or
 * SLOW_CONSUMER, as `fault` has it. Refused transactions are no errors: they are outcomes.
 */
export class RequestError extends Error {
  override readonly name: string = 'RequestError';
  readonly code: string;
  readonly fault: RequestFault;
  /** The message without the URL of the node. */
  readonly reason: string;
  /** False only where it is certain that nothing of the request was done: no connection was made, or the node refused to begin. */
  readonly mayHaveArrived: boolean;
  /** HTTP status of the answer, if there was one that is no result. */
  readonly status: number | undefined;
  /** Code and message of the GraphQL error that was answered, whoever answered it. */
  readonly said: string | undefined;
  /** In how many seconds the same request may have an answer, if the node said so. */
  readonly retryAfter: number | undefined;

  constructor(code: string, reason: string, { url, status, said, retryAfter, ...options }: RequestErrorOptions = {}) {
    super(url === undefined ? reason : `${url}: ${reason}`, options);
    this.code = code;
    this.fault = FAULTS.get(code) ?? 'refused';
    this.reason = reason;
    this.status = status;
    this.said = said;
    this.retryAfter = retryAfter;
    this.mayHaveArrived = !REFUSED_BEFORE.has(code) && !isConnecting(options.cause);
  }
}

const FAULTS: ReadonlyMap<string, RequestFault> = new Map([
  ['UNREACHABLE', 'unreachable'],
  ['TIMED_OUT', 'timedOut'],
  ['NO_GRAPHQL', 'noGraphql'],
  ['SLOW_CONSUMER', 'slowConsumer'],
]);

/** What a node answers about a request before it does anything of it. */
const REFUSED_BEFORE: ReadonlySet<string> = new Set([
  'RATE_LIMITED',
  'OVERLOADED',
  'BAD_USER_INPUT',
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UNPROVEN_IDENTITY',
  'NOT_A_MEMBER',
  'SIGNER_UNAVAILABLE',
]);

/** Codes of a node that cannot answer now. */
const PASSING: ReadonlySet<string> = new Set([
  'RATE_LIMITED',
  'OVERLOADED',
  'STOPPING',
  'BUSY',
  'SIGNER_UNAVAILABLE',
  'STORAGE_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
]);

/** True if the same request may have an answer later: no answer, an answer of something before the node, or a node that cannot answer now. */
export function mayPass({ fault, code }: RequestError): boolean {
  switch (fault) {
    case 'unreachable':
    case 'timedOut':
    case 'noGraphql':
      return true;
    case 'refused':
      return PASSING.has(code);
    case 'slowConsumer':
      return false;
  }
}

/** A failed request as a RequestError; `error` comes from graphql-request or fetch. */
export function asRequestError(error: unknown, url: string): RequestError {
  if (error instanceof ClientError) {
    const { errors, status, headers } = error.response;
    const first = firstOf(errors);
    if (first) return answered(first, { status, retryAfter: retryAfterOf(headers), cause: error });
    const options = { url, status, cause: error };
    // A node that stops, or a proxy without one behind it.
    if (status >= 502 && status <= 504) return unreachable(`HTTP ${status}`, options);
    return new RequestError('NO_GRAPHQL', `expected a GraphQL answer, got HTTP ${status}`, options);
  }
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError' || name === 'AbortError') {
    return new RequestError('TIMED_OUT', 'expected an answer in time, got none', { url });
  }
  const options = { url, cause: error };
  // What fetch throws says why in its cause.
  if (error instanceof TypeError) {
    const { code, message: why = message } = (cause ?? {}) as Cause;
    return unreachable(code ?? why, options);
  }
  const got = message.replace(/\s+/g, ' ').slice(0, MAX_SHOWN);
  return new RequestError('NO_GRAPHQL', `expected a GraphQL answer, got: ${got}`, options);
}

/** A failed subscription as a RequestError; `error` comes from graphql-ws: the node's errors, or why the connection ended. */
export function asSubscriptionError(error: unknown, url: string): RequestError {
  if (Array.isArray(error)) return answered(firstOf(error) ?? { message: 'expected a reason, got none' });
  const { code, reason } = error as { readonly code?: number; readonly reason?: string };
  return unreachable(reason || `a closed WebSocket (${code ?? 'no code'})`, { url, cause: error });
}

/** Whether fetch failed before there was a connection. Node says in which call; where no platform says so, as in browsers, nothing is certain. */
function isConnecting(error: unknown): boolean {
  const { cause } = (error ?? {}) as { readonly cause?: Cause };
  const failures = cause instanceof AggregateError ? (cause.errors as (Cause | undefined)[]) : [cause];
  return failures.length > 0 && failures.every((failure) => CONNECTING.has(failure?.syscall ?? failure?.code ?? ''));
}

/** What Node was in when there was no connection yet. */
const CONNECTING: ReadonlySet<string> = new Set(['connect', 'getaddrinfo', 'UND_ERR_CONNECT_TIMEOUT']);

interface Cause {
  readonly message?: string;
  readonly code?: string;
  readonly syscall?: string;
}

interface Answered {
  readonly message: string;
  readonly code?: string | undefined;
}

/** The first of these errors, of which nothing is known but that something at the node's address sent them. */
function firstOf(errors: unknown): Answered | undefined {
  const first = (Array.isArray(errors) ? errors[0] : undefined) as unknown;
  const { message, extensions } = (first ?? {}) as { readonly message?: unknown; readonly extensions?: unknown };
  if (typeof message !== 'string') return undefined;
  const { code } = (extensions ?? {}) as { readonly code?: unknown };
  return { message, code: typeof code === 'string' ? code : undefined };
}

/** Seconds of a header Retry-After; undefined where there is none, or it is a date. */
function retryAfterOf(headers: unknown): number | undefined {
  const text = headers instanceof Headers ? headers.get('retry-after') : null;
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function answered({ message, code }: Answered, options: RequestErrorOptions = {}): RequestError {
  const said = code === undefined ? message : `${code}: ${message}`;
  return new RequestError(code ?? 'NO_GRAPHQL', message, { ...options, said });
}

function unreachable(got: string, options: RequestErrorOptions): RequestError {
  return new RequestError('UNREACHABLE', `expected a running node, got ${got}`, options);
}

/** A server that is no node chooses the rest. */
const MAX_SHOWN = 200;
