import { PeerError } from '../peerError.js';
import type { PeerConnection, PeerResponse } from '../ports.js';

/**
 * A `fetch` for graphql-request over the connection to one peer: no redirects, answers of at most `maxBytes`. Over an undici Pool
 * it reaches ten times the rate of the global fetch. Rejects with PeerError for everything that can happen on the wire.
 */
export function poolFetch(connection: Pick<PeerConnection, 'request'>, maxBytes: number): typeof fetch {
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const signal = init?.signal ?? null;
    try {
      const response = await connection.request({
        path: pathname,
        method: 'POST',
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: init?.body as string,
        signal,
      });
      return answer(response, await read(response, maxBytes));
    } catch (error) {
      throw asPeerError(error, signal?.aborted === true);
    }
  };
}

async function read({ statusCode, body }: PeerResponse, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else {
      const fault = statusCode === 200 ? 'malformed' : 'unreachable';
      throw new PeerError(fault, `expected an answer of at most ${maxBytes} bytes, got more with HTTP ${statusCode}`);
    }
  }
  return Buffer.concat(chunks);
}

/** Whether a body is JSON shows when it is parsed, whatever its own header calls it. */
function answer({ statusCode, headers }: PeerResponse, body: Buffer): Response {
  const readable = statusCode >= 200 && statusCode <= 599 && !WITHOUT_BODY.has(statusCode);
  if (readable && (statusCode < 300 || statusCode >= 400)) {
    return new Response(new Uint8Array(body), {
      status: statusCode,
      headers: { 'content-type': 'application/json' },
    });
  }
  // A redirect must not send our transactions elsewhere: where it leads is for the operator to see, and to add instead.
  const location = headers?.['location'];
  const where = typeof location === 'string' ? `, a redirect to ${location.slice(0, 200)}` : '';
  throw new PeerError('unreachable', `expected HTTP 200, got ${statusCode}${where}`);
}

function asPeerError(error: unknown, aborted: boolean): PeerError {
  if (error instanceof PeerError) return error;
  if (aborted) return new PeerError('timedOut', 'expected an answer before the deadline, got none', { cause: error });
  return new PeerError('unreachable', messageOf(error), { cause: error });
}

/** Where a name has several addresses and each refuses, the error of all of them has no message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '')
    return [...new Set(error.errors.map(messageOf))].join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** A Response with one of these cannot be made. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
