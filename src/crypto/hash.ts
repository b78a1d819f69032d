import { hash } from 'node:crypto';

/** SHA-256 digest (FIPS 180-4), 32 bytes. The only hash of the protocol. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const digest = hash('sha256', bytes, 'buffer');
  // A plain Uint8Array: Buffer's slice() shares memory and its own toString would leak into text.
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}
