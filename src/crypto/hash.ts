import { compress, INITIAL_STATE } from './sha256Compression.js';

/**
 * SHA-256 digest (FIPS 180-4), 32 bytes. The only hash of the protocol, the same code in a node and in a browser. What the protocol
 * hashes is 40 to 210 bytes, for which this takes 0.4 to 1.3 µs and a call of node:crypto 0.7; for a file, take that.
 * Throws RangeError from 512 MiB on.
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  // Their number of bits goes into one word.
  if (length >= 2 ** 29) throw new RangeError(`expected less than 512 MiB, got ${length} bytes`);
  // A one bit and eight bytes of length follow the data.
  const padded = (Math.floor((length + 8) / 64) + 1) * 64;
  state.set(INITIAL_STATE);
  for (let block = 0; block < padded; block += 64) {
    for (let i = 0; i < 16; i++) {
      const at = block + 4 * i;
      schedule[i] =
        at + 4 <= length
          ? (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
          : lastWord(bytes, at);
    }
    if (block + 64 === padded) schedule[15] = length << 3;
    compress(state, schedule, state);
  }
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i++) digest[i] = state[i >>> 2]! >>> (24 - 8 * (i & 3));
  return digest;
}

/** The word at an offset where the data ends or has ended: its bytes, then the one bit, then zeros. */
function lastWord(bytes: Uint8Array, at: number): number {
  let word = 0;
  for (let i = at; i < at + 4; i++) word = (word << 8) | (i < bytes.length ? bytes[i]! : i === bytes.length ? 0x80 : 0);
  return word;
}

/** Reused, since nothing else runs within a call. */
const state = new Uint32Array(8);
const schedule = new Uint32Array(64);
