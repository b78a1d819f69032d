import { crc32 } from 'node:zlib';

/** CRC-32 of key and value: a value under the wrong key is corrupt too. */
export function checksum(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}

/** What is wrong with a value as it is stored, checksum last; undefined if nothing. */
export function checksumFault(key: Uint8Array, stored: Uint8Array): { expected: string; got: string } | undefined {
  const length = stored.length - CHECKSUM_BYTES;
  if (length < 0) return { expected: `at least ${CHECKSUM_BYTES} bytes`, got: `${stored.length}` };
  const expected = new DataView(stored.buffer, stored.byteOffset + length).getUint32(0);
  const got = checksum(key, stored.subarray(0, length));
  return got === expected
    ? undefined
    : { expected: `the checksum 0x${expected.toString(16)}`, got: `0x${got.toString(16)}` };
}

export const CHECKSUM_BYTES = 4;
