import type { AddressInfo } from 'node:net';

/** The GraphQL endpoint of a server, as this machine can call it, by the address that it listens on. Throws before it does. */
export function endpointOf(address: AddressInfo | string | null, scheme: 'http' | 'https'): string {
  if (address === null || typeof address === 'string') throw new Error('expected listen() before url');
  // Every address of this machine stands for none that could be called.
  const own = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address.address] ?? address.address;
  const name = address.family === 'IPv6' ? `[${own}]` : own;
  return `${scheme}://${name}:${address.port}/graphql`;
}
