import type { AddressInfo } from 'node:net';
import { BlockList, isIP } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyInstance } from 'fastify';
import { refuse, shown } from './requests/refusal.js';

export interface HostNames {
  /** What the node was told to listen on: an address, or a name that resolves to one. */
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
  app.addHook('onRequest', (request, reply, done) => {
    const { rawHeaders } = request.raw;
    if (rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === 'host').length > 1) {
      return refuse(reply, 'BAD_REQUEST', 'expected one header Host, got several');
    }
    const { host } = request.headers;
    const name = host === undefined ? undefined : hostnameOf(host);
    if (host !== undefined && name === undefined) {
      return refuse(reply, 'BAD_REQUEST', `expected a Host such as 127.0.0.1:4000, got ${shown(host)}`);
    }
    // What was bound decides, not how it was spelled.
    isForThisMachine ??= isLoopback((app.server.address() as AddressInfo | null)?.address ?? listen);
    if (name === undefined ? !isForThisMachine : names.has(name) || isHarmless(name, isForThisMachine)) {
      done();
      return;
    }
    const own = isForThisMachine ? 'localhost, 127.0.0.1 or [::1]' : 'an IP address, a local name';
    const message = `expected the host ${own} or one that --public-url or --allow-host names, got ${shown(host ?? '')}`;
    return refuse(reply, 'FORBIDDEN_HOST', message);
  });
}

/** True for an address that only this machine can reach. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family === 0 ? address.toLowerCase() === 'localhost' : LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * A Host that no page of a stranger can have, since its own must be a name that he owns: an address, and, where others than this
 * machine are served, a name that no registry gives away.
 */
function isHarmless(name: string, isForThisMachine: boolean): boolean {
  const address = name.replace(/^\[(.*)\]$/, '$1');
  if (isForThisMachine) return isLoopback(address);
  return isIP(address) !== 0 || !name.includes('.') || LOCAL_NAME.test(name);
}

/** As URLs have it: lower case, without port; undefined for what is no host. */
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
