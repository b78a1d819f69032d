import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { MAX_URL_LENGTH } from '../consensus/protocol.js';

/** All that is public of IPv6: what is left out embeds an IPv4 address (mapped, NAT64) or has no meaning elsewhere. */
const PUBLIC_6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * The one spelling of a peer's GraphQL endpoint, which is its name in this node: scheme and host as URL writes them, `/graphql`
 * where no path was given, no query, no fragment. Throws RangeError on anything but an http or https URL without credentials, or on one
 * that is longer than nodes tell each other.
 */
export function normalizePeerUrl(text: string): string {
  const expected = 'expected an http or https URL without user name and password';
  const shown = JSON.stringify(text.slice(0, 200));
  if (!URL.canParse(text)) throw new RangeError(`${expected}, got ${shown}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new RangeError(`${expected}, got ${shown}`);
  if (url.username !== '' || url.password !== '') throw new RangeError(`${expected}, got one with them`);
  const name = `${url.origin}${url.pathname === '/' ? '/graphql' : url.pathname}`;
  if (name.length <= MAX_URL_LENGTH) return name;
  throw new RangeError(`expected a URL of at most ${MAX_URL_LENGTH} characters, percent-encoded, got ${name.length}`);
}

/** From where an address can be reached; 'unusable' is what no node of another machine has: link-local, reserved, multicast. */
export type AddressScope = 'loopback' | 'private' | 'public' | 'unusable';

/**
 * Scope of a host as URL writes it, or of an address as the resolver gives it. A name counts as public: publicLookup holds it to
 * that when it is resolved. The ranges are those of the IANA registries of special-purpose addresses, as ipaddr.js names them.
 */
export function addressScope(hostname: string): AddressScope {
  // Without the zone: the name of an interface may have any sign.
  const text = hostname.replace(/^\[|\]$|%.*/gs, '');
  if (isIP(text) === 0) return 'public';
  const address = ipaddr.parse(text);
  const range = address.range();
  if (range === 'loopback') return 'loopback';
  if (range === 'private' || range === 'carrierGradeNat' || range === 'uniqueLocal') return 'private';
  const isPublic = range === 'unicast' && (address instanceof ipaddr.IPv4 || address.match(PUBLIC_6));
  return isPublic ? 'public' : 'unusable';
}

/**
 * Whether this node may send requests to an address that it learned from others. A stranger's list must not make it call services of
 * its own machine or network (server-side request forgery), so a loopback address is believed from a teller on a loopback address
 * only, a private one from those and from private tellers: nodes of one machine or one closed network find each other, and their
 * teller was let in there already. `teller` is the URL at which it was asked.
 */
export function isBelievable(url: string, teller: string): boolean {
  const scope = addressScope(new URL(url).hostname);
  const from = addressScope(new URL(teller).hostname);
  switch (scope) {
    case 'public':
      return true;
    case 'private':
      return from === 'private' || from === 'loopback';
    case 'loopback':
      return from === 'loopback';
    case 'unusable':
      return false;
  }
}

/** The host of a URL, without port and path: one machine, one operator. On a closed network each endpoint counts by itself. */
export function hostOf(url: string): string {
  const { hostname, origin } = new URL(url);
  return addressScope(hostname) === 'public' ? hostname : origin;
}

/**
 * The network of a URL, as far as one operator gets its addresses cheaply: an IPv4 /16, an IPv6 /32, or a domain of two labels. On a
 * closed network each endpoint counts by itself, since no attacker is there.
 */
export function networkOf(url: string): string {
  const { hostname, origin } = new URL(url);
  if (addressScope(hostname) !== 'public') return origin;
  if (hostname.startsWith('[')) return hostname.slice(1, -1).split(':').slice(0, 2).join(':');
  return isIP(hostname) === 4 ? hostname.split('.').slice(0, 2).join('.') : hostname.split('.').slice(-2).join('.');
}
