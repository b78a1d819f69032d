import type { TypedDocumentString } from './operations.js';

/** A way to one node: what the parts of this client ask through. */
export interface NodeConnection {
  /** The answer to a query or mutation; rejects with RequestError, or with the reason of `signal`. */
  request<Answer, Variables>(
    document: TypedDocumentString<Answer, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Answer>;
  /**
   * The answers of a subscription until it completes or `signal` aborts it; throws RequestError. Left out where there is no WebSocket:
   * what would be told is then asked for again and again.
   */
  readonly subscribe?: Subscribe | undefined;
}

export type Subscribe = <Answer, Variables>(
  document: TypedDocumentString<Answer, Variables>,
  variables: Variables,
  signal?: AbortSignal,
) => AsyncIterable<Answer>;
