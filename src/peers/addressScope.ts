import { BlockList, isIP } from 'node:net';

/** From where an address can be reached; 'unusable' is what no node of another machine has: link-local, reserved, multicast. */
export type AddressScope = 'loopback' | 'private' | 'public' | 'unusable';

/** Scope of a host as URL writes it. A name counts as public: publicLookup holds it to that when it is resolved. */
export function addressScope(hostname: string): AddressScope {
  const address = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  switch (isIP(address)) {
    case 4:
      return scopeOf4(address);
    case 6:
      return scopeOf6(address);
    default:
      return 'public';
  }
}

/**
 * Whether this node may send requests to an address that it was only told of. A stranger's list must not make it call services of
 * its own machine or network (server-side request forgery), so a loopback address is believed from a teller on a loopback address
 * only, a private one from those and from private tellers: nodes of one machine or one closed network find each other, and who
 * tells them was let in there already. `teller` is the URL at which it was asked.
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

function scopeOf4(address: string): AddressScope {
  if (LOOPBACK.check(address)) return 'loopback';
  if (PRIVATE.check(address)) return 'private';
  return UNUSABLE.check(address) ? 'unusable' : 'public';
}

/** Public is 2000::/3 alone: what is left out embeds an IPv4 address (mapped, NAT64) or has no meaning elsewhere. */
function scopeOf6(address: string): AddressScope {
  if (LOOPBACK_6.check(address, 'ipv6')) return 'loopback';
  if (PRIVATE_6.check(address, 'ipv6')) return 'private';
  return PUBLIC_6.check(address, 'ipv6') && !UNUSABLE_6.check(address, 'ipv6') ? 'public' : 'unusable';
}

// Lists of their own for each family: BlockList compares IPv4-mapped addresses across families.
const LOOPBACK = listOf('ipv4', ['127.0.0.0/8']);
/** RFC 1918, and RFC 6598 (carrier-grade NAT, overlay networks). */
const PRIVATE = listOf('ipv4', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']);
/** The rest of the IANA registry of special-purpose addresses; 169.254/16 holds the metadata services of clouds. */
const UNUSABLE = listOf('ipv4', [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);
const LOOPBACK_6 = listOf('ipv6', ['::1/128']);
const PRIVATE_6 = listOf('ipv6', ['fc00::/7']);
const PUBLIC_6 = listOf('ipv6', ['2000::/3']);
/** Teredo and other protocol assignments, documentation, 6to4. */
const UNUSABLE_6 = listOf('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

function listOf(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network, prefix] = subnet.split('/');
    list.addSubnet(network!, Number(prefix), family);
  }
  return list;
}
