import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-ws';
import { adminToken } from './adminToken.js';

/** The endpoint, which is the address of this page. */
export const endpoint = new URL('graphql', location.href);

/** GraphiQL's fetcher: each subscription over a WebSocket of its own, other operations over HTTP, with the token on both. */
export function fetcher(parameters, { documentAST, headers: ofTab } = {}) {
  const headers = new Headers();
  if (adminToken()) headers.set('authorization', `Bearer ${adminToken()}`);
  for (const [name, value] of Object.entries(ofTab ?? {})) headers.set(name, value);
  const operation = documentAST && getOperationAST(documentAST, parameters.operationName);
  return operation?.operation === 'subscription' ? follow(parameters, headers) : ask(parameters, headers);
}

/** The answer to a query or a mutation. */
export async function ask(parameters, headers) {
  headers.set('content-type', 'application/json');
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(parameters) });
  return response.json();
}

function follow(parameters, headers) {
  const client = createClient({
    url: Object.assign(new URL(endpoint), { protocol: location.protocol.replace('http', 'ws') }).href,
    connectionParams: Object.fromEntries(headers),
    // Otherwise events would be missing silently.
    retryAttempts: 0,
  });
  return {
    subscribe: (sink) => ({
      unsubscribe: client.subscribe(parameters, { ...sink, error: (failure) => sink.error(readable(failure)) }),
    }),
  };
}

/** Errors of GraphQL unchanged; for a closed connection, the code and reason of its event. */
function readable(failure) {
  if (!(failure instanceof CloseEvent)) return failure;
  const { code, reason } = failure;
  return { message: `the connection was closed: ${[code, reason].filter(Boolean).join(' ')}. Run it again to go on` };
}
