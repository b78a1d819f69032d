import { ClientError, GraphQLClient } from 'graphql-request';
import type { TypedDocumentString } from '../client/operations.js';
import type { AdminToken } from './adminToken.js';
import { Failure, NoAnswerFailure } from './failure.js';

/** Sends one operation to a node; a failure is one clear line. */
export type Ask = <Answer, Variables>(
  document: TypedDocumentString<Answer, Variables>,
  variables: Variables,
  timeoutMs?: number,
) => Promise<Answer>;

/** A client of the node at `url`, with the admin token if it is given. */
export function nodeClient(url: string, token?: AdminToken): Ask {
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
    try {
      return await client.request<Answer>({
        document: document.toString(),
        variables: variables as Record<string, unknown>,
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      throw explain(error, url, timeoutMs);
    }
  };
}

function explain(error: unknown, url: string, timeoutMs: number): Failure {
  if (error instanceof ClientError) {
    const [first] = error.response.errors ?? [];
    if (!first) return new Failure(`${url}: expected a GraphQL answer, got HTTP ${error.response.status}`);
    const code = first.extensions['code'];
    return new Failure(typeof code === 'string' ? `${code}: ${first.message}` : first.message);
  }
  const { name, cause, message } = error as Error;
  if (name === 'TimeoutError' || name === 'AbortError') {
    return new NoAnswerFailure(`${url}: expected an answer within ${timeoutMs / 1000} s, got none`);
  }
  const { code, message: reason = message } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  const text = `${url}: expected a running node, got ${code ?? reason}; start one with: npm start`;
  return NEVER_SENT.has(code ?? '') ? new Failure(text) : new NoAnswerFailure(text);
}

/** Reasons of the system for which nothing reached a node. */
const NEVER_SENT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);
const TIMEOUT_MS = 10_000;
