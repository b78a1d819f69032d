import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { addressScope } from '../../peers/address.js';
import { BoundedMap } from '../../util/boundedSet.js';

/** Addresses of which something computed is remembered. */
const MAX_REMEMBERED = 4_096;

declare module 'fastify' {
  interface FastifyRequest {
    /** Address of who asks: behind trusted proxies the one that the last of them, counted from the client, was asked from. */
    caller: string;
  }
}

/** Which proxies are believed about who asks. */
export type TrustedProxies =
  /** So many, one behind the other: the nearest has an address of this machine or its private network. */
  | { readonly hops: number }
  /** Those of these addresses and networks, such as 10.0.0.0/8. */
  | { readonly ranges: readonly string[] };

/** Who asks, and for how many an address stands. */
export class Callers {
  readonly #trusted: TrustedProxies | undefined;
  readonly #ranges: BlockList;

  constructor(trusted: TrustedProxies | undefined) {
    this.#trusted = trusted;
    this.#ranges = rangesOf(trusted && 'ranges' in trusted ? trusted.ranges : []);
  }

  /** Whether a proxy at this address, the `hop`th from this node, is believed about who asked it. Fastify's trustProxy. */
  readonly trusts = (address: string, hop: number): boolean => {
    if (!this.#trusted || isIP(address) === 0) return false;
    if ('ranges' in this.#trusted) return check(this.#ranges, address);
    // A client that comes without a proxy must not be taken for one.
    return hop < this.#trusted.hops && (hop > 0 || isNear(address));
  };

  /**
   * Whether bounds of one user would be bounds of all: on this machine, and in its own network as long as no proxies are named, somebody may
   * send what everybody asks.
   */
  mayStandForMany(address: string): boolean {
    const scope = scopeOf(address);
    return scope === 'loopback' || (scope === 'private' && !this.#trusted);
  }

  /** The same of a connection: a proxy's are everybody's. */
  maySendForMany(address: string): boolean {
    return isNear(address) || this.trusts(address, 0);
  }

  /** Gives each request its caller. Call it before hooks that ask for it. */
  name(app: FastifyInstance): void {
    app.decorateRequest('caller', '');
    app.addHook('onRequest', (request, _reply, done) => {
      request.caller = callerOf(request);
      done();
    });
  }
}

/** What stands for one user: an IPv4 address, or the first 64 bits of an IPv6 address, of which each user has all the others. */
export const addressKey = remembered((address): string => {
  const known = ipaddr.process(address);
  if (known instanceof ipaddr.IPv4) return known.toString();
  return `${new ipaddr.IPv6([...known.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
});

/** What was computed of the last addresses: it is asked for several times a request, also of one that is only refused. */
function remembered<Value>(compute: (address: string) => Value): (address: string) => Value {
  const known = new BoundedMap<string, Value>(MAX_REMEMBERED);
  return (address) => {
    let value = known.get(address);
    if (value === undefined) known.set(address, (value = compute(address)));
    return value;
  };
}

/** Whose request it is: a peer's by its proven identity, anybody else's by what stands for one user. Known once identities are proven. */
export function senderOf({ caller, identity, isPeer }: FastifyRequest): string {
  return isPeer && identity !== undefined ? identity : addressKey(caller);
}

/** Without the port that some proxies add; the connection's own address where what they say is no address. */
function callerOf({ ip, raw: { socket } }: FastifyRequest): string {
  if (isIP(ip) !== 0) return ip;
  const bare = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(ip);
  const address = bare?.[1] ?? bare?.[2] ?? '';
  // A connection that is gone has none.
  return isIP(address) === 0 ? (socket.remoteAddress ?? '0.0.0.0') : address;
}

function isNear(address: string): boolean {
  const scope = scopeOf(address);
  return scope === 'loopback' || scope === 'private';
}

const scopeOf = remembered((address) => addressScope(ipaddr.process(address).toString()));

function rangesOf(texts: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const text of texts) {
    const family = ipaddr.parse(text.split('/', 1)[0]!).kind();
    if (text.includes('/')) {
      const [address, bits] = ipaddr.parseCIDR(text);
      ranges.addSubnet(address.toString(), bits, family);
    } else {
      ranges.addAddress(text, family);
    }
  }
  return ranges;
}

function check(ranges: BlockList, text: string): boolean {
  const address = ipaddr.process(text);
  return ranges.check(address.toString(), address.kind());
}
