import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressScope } from '../addressScope.js';

/**
 * A resolver for names that a stranger told: gives public addresses only, and fails where a name has none. Without it a name that
 * points into this node's own network (or does so later: DNS rebinding) gets past every check of the URL. The address given is the
 * one that is connected to. It is not called for addresses that need no resolving.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) {
      callback(error, []);
      return;
    }
    const addresses = found.filter(isPublic);
    const [first] = addresses;
    if (!first) callback(new Error(`expected ${hostname} to have a public address, got none`), []);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function isPublic({ address }: LookupAddress): boolean {
  return addressScope(address) === 'public';
}
