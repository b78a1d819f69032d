import { decodeAddress } from '../../src/client/client.js';

/**
 * The address that a text spells, for a search and for a form alike: blanks and line breaks do not matter, nor do capitals if all of it is
 * in capitals (BIP 350). Throws RangeError on everything that is no address of a network with this prefix.
 */
export function readAddress(prefix: string, text: string): string {
  const joined = text.replace(/\s/g, '');
  decodeAddress(prefix, joined);
  return joined.toLowerCase();
}
