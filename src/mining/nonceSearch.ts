/**
 * Proof-of-work search: SHA-256 of the 40 bytes seal ‖ nonce, which fit one 64-byte block, so a try is one compression. The loop
 * allocates nothing; createHash for every try reaches a fiftieth of it.
 */

/** Tries nonces from `start` upwards (wrapping at 2^64) until one meets the target; undefined once `stopped` says so. */
export function searchNonce(
  seal: Uint8Array,
  target: Uint8Array,
  start: bigint,
  stopped: () => boolean,
): bigint | undefined {
  const block = new Uint32Array(16);
  const view = new DataView(seal.buffer, seal.byteOffset, 32);
  for (let i = 0; i < 8; i++) block[i] = view.getUint32(4 * i);
  block[10] = 0x8000_0000;
  block[15] = 40 * 8;
  const targetWords = new Uint32Array(8);
  const targetView = new DataView(target.buffer, target.byteOffset, 32);
  for (let i = 0; i < 8; i++) targetWords[i] = targetView.getUint32(4 * i);

  let high = Number(start >> 32n) >>> 0;
  let low = Number(start & 0xffff_ffffn) >>> 0;
  const digest = new Uint32Array(8);
  const schedule = new Uint32Array(64);
  while (!stopped()) {
    for (let tries = 0; tries < TRIES_PER_CHECK; tries++) {
      block[8] = high;
      block[9] = low;
      compress(block, schedule, digest);
      if (meets(digest, targetWords)) return (BigInt(high) << 32n) | BigInt(low);
      low = (low + 1) >>> 0;
      if (low === 0) high = (high + 1) >>> 0;
    }
  }
  return undefined;
}

function meets(digest: Uint32Array, target: Uint32Array): boolean {
  for (let i = 0; i < 8; i++) {
    if (digest[i]! !== target[i]!) return digest[i]! < target[i]!;
  }
  return true;
}

/** One SHA-256 compression of a padded block from the initial state (FIPS 180-4, section 6.2). */
function compress(block: Uint32Array, w: Uint32Array, digest: Uint32Array): void {
  for (let i = 0; i < 16; i++) w[i] = block[i]!;
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let a = H0 | 0;
  let b = H1 | 0;
  let c = H2 | 0;
  let d = H3 | 0;
  let e = H4 | 0;
  let f = H5 | 0;
  let g = H6 | 0;
  let h = H7 | 0;
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
  digest[0] = H0 + a;
  digest[1] = H1 + b;
  digest[2] = H2 + c;
  digest[3] = H3 + d;
  digest[4] = H4 + e;
  digest[5] = H5 + f;
  digest[6] = H6 + g;
  digest[7] = H7 + h;
}

/** Some 30 ms: how long a stale template is searched at most. */
const TRIES_PER_CHECK = 65_536;

const [H0, H1, H2, H3] = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a] as const;
const [H4, H5, H6, H7] = [0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19] as const;

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes, computed exactly. */
const K = Int32Array.from(firstPrimes(64), (prime) => Number(cubeRootFraction(BigInt(prime))) | 0);

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

/** floor(cbrt(n) · 2^32) mod 2^32, by bisection on integers. */
function cubeRootFraction(n: bigint): bigint {
  const scaled = n << 96n;
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** 3n <= scaled) low = middle;
    else high = middle;
  }
  return low & 0xffff_ffffn;
}
