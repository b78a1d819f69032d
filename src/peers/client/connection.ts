import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Pool } from 'undici';
import { addressScope } from '../address.js';
import type { PeerConnection, PeerResponse } from '../ports.js';
import { PeerError } from '../standing.js';

/** Transactions, a block, a handshake, and the three requests of sync: none waits behind another. */
const CONNECTIONS = 6;
/**
 * Long enough for a packet that is lost and sent again after a second. An attempt that outlives its request, at ever longer pauses, would
 * hold back the requests behind it once the network is whole again.
 */
const CONNECT_MS = 2_500;
const OPENING_BRACE = 0x7b;
/** A Response cannot be made with one of these. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Keep-alive connections to the node at this URL. If strangers named it (`learned`), its host must have a public address. */
export function httpConnection(url: string, learned: boolean, resolve: typeof lookup = lookup): PeerConnection {
  return new Pool(new URL(url).origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    connectTimeout: CONNECT_MS,
    ...(learned && { connect: { lookup: publicLookup(resolve) } }),
  });
}

/**
 * Resolves a name that a stranger gave to its public addresses, and fails if it has none. Without this, a name that points into this node's
 * own network, perhaps only later (DNS rebinding), passes every check of the URL. The address returned is the one that is connected to. The
 * lookup does not run for a host that is an address already.
 */
export function publicLookup(resolve: typeof lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, []);
        return;
      }
      const addresses = found.filter(({ address }) => addressScope(address) === 'public');
      const [first] = addresses;
      if (!first) callback(new Error(`expected ${hostname} to have a public address, got none`), []);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * A `fetch` for graphql-request over the connection to one peer, which adds to each request the headers that its body needs: it follows no redirect and takes at most `maxBytes` of an answer. Over an
 * undici Pool it reaches ten times the rate of the global fetch. Rejects with PeerError for an answer that it does not take, and with a
 * TypeError, as fetch does, if there is no answer.
 */
export function poolFetch(
  connection: Pick<PeerConnection, 'request'>,
  maxBytes: number,
  headersOf: (body: string) => Promise<Record<string, string>>,
): typeof fetch {
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const signal = init?.signal ?? null;
    const body = init?.body as string;
    try {
      const response = await connection.request({
        path: pathname,
        method: 'POST',
        headers: { ...Object.fromEntries(new Headers(init?.headers)), ...(await headersOf(body)) },
        body,
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
  let first: number | undefined;
  for await (const chunk of body) {
    first ??= chunk[0];
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else {
      // A page of something between is long, too, and no misdeed of the peer.
      const isAnswer = statusCode === 200 && first === OPENING_BRACE;
      const fault = isAnswer ? 'malformed' : 'unreachable';
      throw new PeerError(fault, `expected an answer of at most ${maxBytes} bytes, got more with HTTP ${statusCode}`);
    }
  }
  return Buffer.concat(chunks);
}

/** Every body counts as JSON, whatever its own header calls it: parsing shows whether it is. */
function answer({ statusCode, headers }: PeerResponse, body: Buffer): Response {
  const readable = statusCode >= 200 && statusCode <= 599 && !WITHOUT_BODY.has(statusCode);
  if (readable && (statusCode < 300 || statusCode >= 400)) {
    const retryAfter = headers?.['retry-after'];
    const kept = {
      'content-type': 'application/json',
      ...(typeof retryAfter === 'string' && { 'retry-after': retryAfter }),
    };
    return new Response(new Uint8Array(body), { status: statusCode, headers: kept });
  }
  // A redirect must not send our transactions elsewhere: the operator sees where it leads, and can add that address instead.
  const location = headers?.['location'];
  const where = typeof location === 'string' ? `, a redirect to ${location.slice(0, 200)}` : '';
  const ownWords = `expected HTTP 200, got ${statusCode}`;
  throw new PeerError('unreachable', `${ownWords}${where}`, { ownWords });
}
