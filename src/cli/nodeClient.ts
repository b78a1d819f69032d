import { ClientError, GraphQLClient } from 'graphql-request';
import type { TypedDocumentString } from '../client/operations.js';
import { mayHaveArrived } from '../client/requestError.js';
import type { AdminToken } from './adminToken.js';
import { Failure } from './failure.js';

/** Sends one operation to a node; a failure is one clear line. */
export type Ask = <Answer, Variables>(
  document: TypedDocumentString<Answer, Variables>,
  variables: Variables,
  timeoutMs?: number,
) => Promise<Answer>;

/** A request that got no result. */
export class RequestFailure extends Failure {
  /** False if it is certain that the node did nothing of it. */
  readonly mayHaveArrived: boolean;

  constructor(message: string, arrived: boolean) {
    super(message);
    this.mayHaveArrived = arrived;
  }
}

/**
 * A client of the node at `url`, with the admin token if it is given. Rejects with RequestFailure, or with the reason of `signal` when that
 * aborts.
 */
export function nodeClient(url: string, token?: AdminToken, signal?: AbortSignal): Ask {
  const client = new GraphQLClient(url, {
    ...(token && { headers: { authorization: `Bearer ${token.text}` }, fetch: token.fetch }),
    excludeOperationName: true,
    // What was asked of one node, and the token for it, is for no other.
    redirect: 'manual',
  });
  return async <Answer, Variables>(
    document: TypedDocumentString<Answer, Variables>,
    variables: Variables,
    timeoutMs = TIMEOUT_MS,
  ): Promise<Answer> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    let answer: Answer | null | undefined;
    try {
      answer = await client.request<Answer | null | undefined>({
        document: document.toString(),
        variables: variables as Record<string, unknown>,
        signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new RequestFailure(explain(error, url, timeoutMs), mayHaveArrived(error));
    }
    // What graphql-request makes of JSON without data.
    if (answer == null) throw new RequestFailure(`${url}: expected a GraphQL answer, got other JSON`, true);
    return answer;
  };
}

function explain(error: unknown, url: string, timeoutMs: number): string {
  if (error instanceof ClientError) {
    const [first] = error.response.errors ?? [];
    if (!first) return `${url}: expected a GraphQL answer, got HTTP ${error.response.status}`;
    // A server that is no node may leave them out.
    const code = (first.extensions as Record<string, unknown> | undefined)?.['code'];
    if (code === 'UNAUTHENTICATED') return `${code}: ${url}: ${ADMIN_TOKEN_WANTED}`;
    return typeof code === 'string' ? `${code}: ${first.message}` : first.message;
  }
  const { name, cause, message } = error as Error;
  if (name === 'TimeoutError' || name === 'AbortError') {
    return `${url}: expected an answer within ${timeoutMs / 1000} s, got none`;
  }
  // What fetch throws; anything else is about an answer that could not be read.
  if (!(error instanceof TypeError)) {
    return `${url}: expected a GraphQL answer, got: ${message.replace(/\s+/g, ' ').slice(0, MAX_SHOWN)}`;
  }
  const { code, message: reason = message } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  return `${url}: expected a running node, got ${code ?? reason}; start one with: corrente node, or name another with --node`;
}

const ADMIN_TOKEN_WANTED =
  'expected the admin token of the node: name its data folder with --data FOLDER, or its token with --token-file FILE';
const TIMEOUT_MS = 10_000;
/** A server that is no node chooses the rest. */
const MAX_SHOWN = 200;
