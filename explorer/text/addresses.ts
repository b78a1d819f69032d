import { decodeAddress } from '../../src/client/client.js';

/**
 * The address that a text spells, for the search and for forms. It ignores blanks and line breaks, and accepts a text all in capitals
 * (BIP 350). Throws RangeError if the text is not an address of a network with this prefix.
 */
export function readAddress(prefix: string, text: string): string {
  const joined = text.replace(/\s/g, '');
  decodeAddress(prefix, joined);
  return joined.toLowerCase();
}
