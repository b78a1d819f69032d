import { isIP } from 'node:net';
import { addressScope } from '../addressScope.js';

/** What one operator gets with one machine: the host, whatever its port and path. On a closed network each endpoint is its own. */
export function hostOf(url: string): string {
  const { hostname, origin } = new URL(url);
  return addressScope(hostname) === 'public' ? hostname : origin;
}

/**
 * What one operator gets cheaply: IPv4 addresses of one /16, IPv6 of one /32, names under one domain of two labels. On a closed
 * network each endpoint is its own: there is nobody to keep out.
 */
export function networkOf(url: string): string {
  const { hostname, origin } = new URL(url);
  if (addressScope(hostname) !== 'public') return origin;
  if (hostname.startsWith('[')) return hostname.slice(1, -1).split(':').slice(0, 2).join(':');
  return isIP(hostname) === 4 ? hostname.split('.').slice(0, 2).join('.') : hostname.split('.').slice(-2).join('.');
}
