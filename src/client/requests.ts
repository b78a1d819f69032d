import { GraphQLClient } from 'graphql-request';
import type { TypedDocumentString } from './operations/public.js';
import { asRequestError, RequestError } from './requestError.js';

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
