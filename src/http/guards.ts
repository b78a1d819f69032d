import type { IncomingMessage } from 'node:http';
import { type AddressInfo, BlockList, isIP } from 'node:net';
import { hostname } from 'node:os';
import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuse, shown } from './refusal.js';

export interface HostNames {
  /** The configured place to listen on: an address, or a name that resolves to one. */
  readonly listen: string;
  readonly publicUrl: string | undefined;
  /** More names, for a proxy or a name server. */
  readonly allowed: readonly string[];
}

/**
 * Refuses requests whose Host is no name of this node, with 403. Without it, a web page could point a name of its own at this
 * address (DNS rebinding) and call a node that listens there for nobody but its owner, or for one network.
 */
export function guardHost(app: FastifyInstance, { listen, publicUrl, allowed }: HostNames): void {
  const names = new Set([listen, hostname(), ...allowed].map((name) => name.toLowerCase()));
  if (publicUrl !== undefined) names.add(new URL(publicUrl).hostname);
  let isForThisMachine: boolean | undefined;
  /** The last one that was let in: nearly always it is the next one, too. */
  let known: string | undefined;
  app.addHook('onRequest', (request, reply, done) => {
    if (hostsOf(request.raw) > 1) return refuse(reply, 'BAD_REQUEST', 'expected one header Host, got several');
    const { host } = request.headers;
    if (host !== undefined && host === known) {
      done();
      return;
    }
    const name = host === undefined ? undefined : hostnameOf(host);
    if (host !== undefined && name === undefined) {
      return refuse(reply, 'BAD_REQUEST', `expected a Host such as 127.0.0.1:4000, got ${shown(host)}`);
    }
    // What was bound decides, not how it was spelled.
    isForThisMachine ??= isLoopback((app.server.address() as AddressInfo | null)?.address ?? listen);
    if (name === undefined ? !isForThisMachine : names.has(name) || isHarmless(name, isForThisMachine)) {
      known = host;
      done();
      return;
    }
    const own = isForThisMachine ? 'localhost, 127.0.0.1 or [::1]' : 'an IP address, a local name';
    const message = `expected the host ${own} or one that --public-url or --allow-host names, got ${shown(host ?? '')}`;
    return refuse(reply, 'FORBIDDEN_HOST', message);
  });
}

function hostsOf({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]!.toLowerCase() === 'host') count++;
  return count;
}

/** True for an address that only this machine can reach. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family === 0 ? address.toLowerCase() === 'localhost' : LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * A Host that no foreign page can have, since a page needs a name that its author owns: an address, or, where other machines are
 * served too, a name that no registry sells.
 */
function isHarmless(name: string, isForThisMachine: boolean): boolean {
  const address = name.replace(/^\[(.*)\]$/, '$1');
  if (isForThisMachine) return isLoopback(address);
  return isIP(address) !== 0 || !name.includes('.') || LOCAL_NAME.test(name);
}

/** As URLs have it: lower case, without port; undefined for a malformed host. */
function hostnameOf(host: string): string | undefined {
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/\.$/, '');
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

/** Top-level names that are set apart for networks of one's own (RFC 2606, 6762, 8375; ICANN's .internal), and Kubernetes'. */
const LOCAL_NAME = /\.(localhost|local|internal|lan|home\.arpa|test|cluster\.local)$/;

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

/** Answers which methods and headers a page may send that the guard let through; 204 without CORS headers for this node's own pages and programs. */
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
 * The origin of a request from a page of another origin than the one that it was sent to; undefined for a node's own pages and for
 * programs.
 */
function foreignOrigin({ headers, raw }: FastifyRequest): string | undefined {
  const { origin, host, 'sec-fetch-site': site } = headers;
  // A page may hide its Origin; the browser sends this header all the same.
  if (origin === undefined) return site === 'cross-site' || site === 'same-site' ? site : undefined;
  const { protocol, host: named } = URL.canParse(origin) ? new URL(origin) : NO_ORIGIN;
  // Behind a proxy the page comes over TLS and the request without; the other way round somebody on the way may have written the page.
  const isSafe = protocol === 'https:' || !(raw.socket instanceof TLSSocket);
  return named === host && isSafe ? undefined : origin;
}

const NO_ORIGIN = { protocol: '', host: undefined };

/** Paths of the API; anybody may link to the pages. */
const PATHS: readonly string[] = ['/graphql', '/graphql/stream'];

/**
 * Headers of every answer: what helmet would send to a browser that is still made, for an API whose answers are data. As
 * constants, because helmet builds them anew for each request, which cost 17 of 110 µs. The IDE's page has a policy of its own.
 */
export function secureHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    for (const [name, value] of HEADERS) reply.raw.setHeader(name, value);
    done();
  });
}

const HEADERS = Object.entries({
  // No browser may run, frame or load anything from an answer.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
});
