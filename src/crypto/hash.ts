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

/**
 * One SHA-256 compression (FIPS 180-4, section 6.2) of a block, the first 16 words of `schedule`, whose other 48 are overwritten. The
 * next state goes to `result`, which may be `state`; nothing is allocated.
 */
export function compress(state: Uint32Array, schedule: Uint32Array, result: Uint32Array): void {
  const w = schedule;
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let a = state[0]! | 0;
  let b = state[1]! | 0;
  let c = state[2]! | 0;
  let d = state[3]! | 0;
  let e = state[4]! | 0;
  let f = state[5]! | 0;
  let g = state[6]! | 0;
  let h = state[7]! | 0;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  result[0] = state[0]! + a;
  result[1] = state[1]! + b;
  result[2] = state[2]! + c;
  result[3] = state[3]! + d;
  result[4] = state[4]! + e;
  result[5] = state[5]! + f;
  result[6] = state[6]! + g;
  result[7] = state[7]! + h;
}

/** State before the first block: the square roots of the first 8 primes, as K has their cube roots. */
export const INITIAL_STATE = Uint32Array.from(firstPrimes(8), (prime) => rootFraction(BigInt(prime), 2n));

const K = Int32Array.from(firstPrimes(64), (prime) => rootFraction(BigInt(prime), 3n));

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

/** First 32 bits of the fractional part of a root of n, computed exactly: floor(n^(1/degree) · 2^32) mod 2^32, by bisection. */
function rootFraction(n: bigint, degree: bigint): number {
  const scaled = n << (32n * degree);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= scaled) low = middle;
    else high = middle;
  }
  return Number(low & 0xffff_ffffn);
}
