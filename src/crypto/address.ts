import { bech32m } from '@scure/base';

/** Text of an account: bech32m (BIP 350) of its 32-byte public key under the network's prefix. */
export function encodeAddress(prefix: string, publicKey: Uint8Array): string {
  return bech32m.encode(prefix, bech32m.toWords(publicKey), ADDRESS_LIMIT);
}

/**
 * Public key of an address text. Throws RangeError with expected and got: a mistyped character says "checksum", an address
 * of another network says its prefix.
 */
export function decodeAddress(prefix: string, text: string): Uint8Array {
  const shown = JSON.stringify(text.slice(0, ADDRESS_LIMIT));
  const expected = `expected an address that starts with ${prefix}1`;
  const separator = text.lastIndexOf('1');
  if (separator < 1) throw new RangeError(`${expected}, got ${shown}`);
  if (text !== text.toLowerCase()) throw new RangeError(`${expected} in lower case, got ${shown}`);
  const got = text.slice(0, separator);
  if (got !== prefix) throw new RangeError(`${expected}, got the prefix ${JSON.stringify(got)} of another network`);
  const decoded = bech32m.decodeUnsafe(text, ADDRESS_LIMIT);
  if (!decoded) {
    throw new RangeError(`expected an address with a valid checksum, got ${shown}: at least one character is wrong`);
  }
  const bytes = bech32m.fromWordsUnsafe(decoded.words);
  if (bytes?.length !== 32) throw new RangeError(`${expected} and holds 32 bytes, got ${shown}`);
  return bytes;
}

/** Longest address text: prefix, separator, 52 characters of key, 6 of checksum. BIP 350's code detects errors up to 90. */
const ADDRESS_LIMIT = 90;
