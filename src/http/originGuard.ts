import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuse, shown } from './requests/refusal.js';

export interface Origins {
  readonly publicUrl: string | undefined;
  /** Origins of other pages that may call: `--allow-origin`. */
  readonly allowed: readonly string[];
}

/**
 * Refuses what a page of another origin asks of the API: POST, GET, WebSocket and event stream alike, with 403. A browser would
 * let any page open a WebSocket, and send a GET whose answer the page cannot read. Pages of allowed origins get the headers that
 * let them call (CORS), never with credentials: this node has no cookies. Programs name no origin.
 */
export function guardOrigin(app: FastifyInstance, { publicUrl, allowed }: Origins): void {
  const known = new Set(allowed);
  if (publicUrl !== undefined) known.add(new URL(publicUrl).origin);
  app.addHook('onRequest', (request, reply, done) => {
    const foreign = PATHS.includes(request.routeOptions.url ?? '') ? foreignOrigin(request) : undefined;
    if (foreign === undefined) {
      done();
      return;
    }
    if (!known.has(foreign)) {
      const own = 'the origin of this node, or one that --public-url or --allow-origin names';
      return refuse(reply, 'FORBIDDEN_ORIGIN', `expected ${own}, or none, got ${shown(foreign)}`);
    }
    reply.raw.setHeader('access-control-allow-origin', foreign);
    reply.raw.setHeader('vary', 'origin');
    done();
  });
  for (const path of PATHS) app.options(path, answerPreflight);
}

/** What may be sent here, by whom the guard let through; 204 without CORS headers for this node's own pages and programs. */
function answerPreflight({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (reply.raw.hasHeader('access-control-allow-origin')) {
    const asked = headers['access-control-request-headers'];
    void reply.headers({
      'access-control-allow-methods': 'GET, POST',
      'access-control-max-age': '600',
      ...(asked !== undefined && { 'access-control-allow-headers': asked }),
    });
  }
  return reply.code(204).header('allow', 'GET, HEAD, POST, OPTIONS').send();
}

/**
 * Where a request says it comes from, if that is a page of another origin than the one it was sent to; undefined for a node's own
 * pages and for programs.
 */
function foreignOrigin({ headers }: FastifyRequest): string | undefined {
  const { origin, host, 'sec-fetch-site': site } = headers;
  // A request whose page keeps its Origin back: a browser tells all the same.
  if (origin === undefined) return site === 'cross-site' || site === 'same-site' ? site : undefined;
  return URL.canParse(origin) && new URL(origin).host === host ? undefined : origin;
}

/** Of the API: a page may be linked to from anywhere. */
const PATHS: readonly string[] = ['/graphql', '/graphql/stream'];
