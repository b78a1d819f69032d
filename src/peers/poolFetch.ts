import { errors } from 'undici';
import { PeerError } from './peerError.js';
import type { PeerConnection } from './ports.js';

/**
 * A `fetch` for graphql-request over the connection to one peer: no redirects, answers of at most `maxBytes`. Over an undici Pool
 * it reaches ten times the rate of the global fetch. Rejects with PeerError for everything that can happen on the wire.
 */
export function poolFetch(connection: Pick<PeerConnection, 'request'>, maxBytes: number): typeof fetch {
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const signal = init?.signal ?? null;
    try {
      const { statusCode, body } = await connection.request({
        path: pathname,
        method: 'POST',
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: init?.body as string,
        signal,
      });
      return answer(statusCode, await read(body, maxBytes));
    } catch (error) {
      throw asPeerError(error, signal?.aborted === true);
    }
  };
}

async function read(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new PeerError('malformed', `expected an answer of at most ${maxBytes} bytes, got more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(status: number, body: Buffer): Response {
  if (UNAVAILABLE.has(status)) throw new PeerError('unreachable', `expected an answer, got HTTP ${status}`);
  if (status < 200 || status > 599 || WITHOUT_BODY.has(status)) {
    throw new PeerError('malformed', `expected HTTP 200, got ${status}`);
  }
  // A redirect must not send our transactions elsewhere: it is an answer like any other wrong one. Whether a body is JSON shows
  // when it is parsed, whatever the peer's own header calls it.
  return new Response(new Uint8Array(body), { status, headers: { 'content-type': 'application/json' } });
}

function asPeerError(error: unknown, aborted: boolean): PeerError {
  if (error instanceof PeerError) return error;
  if (aborted) return new PeerError('timedOut', 'expected an answer before the deadline, got none', { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  const spoke = error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError;
  return new PeerError(spoke ? 'malformed' : 'unreachable', message, { cause: error });
}

/** Too busy, or a node that is stopping, or a proxy in front of none: no fault of the peer, and over in a while. */
const UNAVAILABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** A Response with one of these cannot be made. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
