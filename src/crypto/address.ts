import { bech32m } from '@scure/base';

/** Text of an account: bech32m (BIP 350) of its 32-byte public key under the network's prefix. */
export function encodeAddress(prefix: string, publicKey: Uint8Array): string {
  return bech32m.encode(prefix, bech32m.toWords(publicKey), ADDRESS_LIMIT);
}

/**
 * Public key of an address text, all lower or all upper case (BIP 350: what a QR code holds may be upper). Throws RangeError with expected
 * and got: a mistyped character says "checksum", an address of another network says its prefix.
 */
export function decodeAddress(prefix: string, text: string): Uint8Array {
  const expected = `expected an address that starts with ${prefix}1`;
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) {
    throw new RangeError(`${expected}, in lower or in upper case, got both in ${shown(text)}`);
  }
  const got = prefixOf(lower);
  if (got !== prefix) {
    const isPrefix = /^[a-z]{2,10}$/.test(got);
    throw new RangeError(`${expected}, got ${isPrefix ? `the prefix "${got}" of another network` : shown(text)}`);
  }
  const decoded = bech32m.decodeUnsafe(lower, ADDRESS_LIMIT);
  if (!decoded) {
    throw new RangeError(
      `expected an address with a valid checksum, got ${shown(text)}: at least one character is wrong`,
    );
  }
  const bytes = bech32m.fromWordsUnsafe(decoded.words);
  if (bytes?.length !== 32) throw new RangeError(`${expected} and holds 32 bytes, got ${shown(text)}`);
  return bytes;
}

/** What stands before the last 1 of an address, which names its network; empty if there is none. It is not checked. */
export function prefixOf(address: string): string {
  // The last one: neither the key nor its checksum has this digit.
  return address.slice(0, Math.max(address.lastIndexOf('1'), 0)).toLowerCase();
}

/** As a JSON string in ASCII, cut: what is invisible, or only looks like a letter of an address, is seen. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, ADDRESS_LIMIT)).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Longest address text: prefix, separator, 52 characters of key, 6 of checksum. BIP 350's code detects errors up to 90. */
const ADDRESS_LIMIT = 90;
