import type { Pool } from 'undici';
import { PeerError } from './peerError.js';

/**
 * A `fetch` for graphql-request over one undici Pool: keep-alive connections, no redirects, answers of at most `maxBytes`. The
 * global fetch reaches a tenth of its rate.
 */
export function poolFetch(pool: Pool, maxBytes: number): typeof fetch {
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const { statusCode, headers, body } = await pool.request({
      path: pathname,
      method: 'POST',
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: init?.body as string,
      signal: init?.signal ?? null,
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) {
        body.destroy();
        throw new PeerError('malformed', `expected an answer of at most ${maxBytes} bytes, got more`);
      }
      chunks.push(chunk);
    }
    const type = headers['content-type'];
    // A redirect must not send our transactions elsewhere: it is an answer like any other wrong one.
    return new Response(statusCode === 204 || statusCode === 304 ? null : Buffer.concat(chunks), {
      status: statusCode < 200 ? 502 : statusCode,
      headers: { 'content-type': typeof type === 'string' ? type : 'application/json' },
    });
  };
}
