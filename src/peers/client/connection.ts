import { Pool } from 'undici';
import type { PeerConnection, PeerResponse } from '../ports.js';
import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressScope } from '../address.js';
import { PeerError } from '../standing.js';

/** Keep-alive connections to the node at this URL. If it was `learned` from strangers, a name in it must have a public address. */
export function httpConnection(url: string, learned: boolean): PeerConnection {
  return new Pool(new URL(url).origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    connectTimeout: CONNECT_MS,
    ...(learned && { connect: { lookup: publicLookup } }),
  });
}

/** Transactions, a block, a handshake, and the three requests of sync: none waits behind another. */
const CONNECTIONS = 6;
/**
 * Longer than a packet that is lost and sent again after a second. An attempt that goes on, ever more slowly, when its request was
 * given up would hold back the requests behind it after the network is whole again.
 */
const CONNECT_MS = 2_500;

/**
 * A resolver for names that a stranger told: gives public addresses only, and fails where a name has none. Without it a name that
 * points into this node's own network (or does so later: DNS rebinding) gets past every check of the URL. The address given is the
 * one that is connected to. It is not called for addresses that need no resolving.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) {
      callback(error, []);
      return;
    }
    const addresses = found.filter(isPublic);
    const [first] = addresses;
    if (!first) callback(new Error(`expected ${hostname} to have a public address, got none`), []);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function isPublic({ address }: LookupAddress): boolean {
  return addressScope(address) === 'public';
}

/**
 * A `fetch` for graphql-request over the connection to one peer: no redirects, answers of at most `maxBytes`. Over an undici Pool
 * it reaches ten times the rate of the global fetch. Rejects with PeerError for an answer
 * that it does not take, and as fetch does, with a TypeError, where there is none.
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
      throw error instanceof PeerError ? error : new TypeError('fetch failed', { cause: error });
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

/** A Response with one of these cannot be made. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
