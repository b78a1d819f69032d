import type { IncomingHttpHeaders } from 'node:http';

/**
 * Where a request says it comes from, if that is a page of another origin than this node's; undefined for its own pages and for
 * programs. For what no CORS rule protects: a browser lets any page open a WebSocket, and an event stream that the page cannot
 * read would still take up room.
 */
export function foreignOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): string | undefined {
  const { origin, host, 'sec-fetch-site': site } = headers;
  // A request whose page keeps its Origin back: a browser tells all the same.
  if (origin === undefined) return site === 'cross-site' || site === 'same-site' ? site : undefined;
  const isOwn = hostOf(origin) === host || (publicUrl !== undefined && new URL(publicUrl).origin === origin);
  return isOwn ? undefined : origin;
}

/** The message of a refusal. */
export function foreignPage(origin: string): string {
  return `expected the origin of this node, or none, got ${JSON.stringify(origin.slice(0, 80))}`;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
