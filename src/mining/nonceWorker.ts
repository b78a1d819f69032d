import { compress, INITIAL_STATE } from '../crypto/hash.js';

/** Some 30 ms: how long a stale template is searched at most. */
const TRIES_PER_CHECK = 65_536;

/** One search for a worker thread. */
export interface NonceTask {
  readonly seal: Uint8Array;
  /** 32 bytes, big-endian. */
  readonly target: Uint8Array;
  readonly start: bigint;
  /** Shared with the main thread: the search goes on while the number in it is `generation`. */
  readonly generations: Int32Array;
  readonly generation: number;
}

/** Entry of the worker thread: the nonce, or undefined if the template became stale. */
export default function nonceWorker({ seal, target, start, generations, generation }: NonceTask): bigint | undefined {
  return searchNonce(seal, target, start, () => Atomics.load(generations, 0) !== generation);
}

/**
 * Proof-of-work search: SHA-256 of the 40 bytes seal ‖ nonce, which fit one 64-byte block, so a try is one compression. The loop
 * allocates nothing; createHash for every try reaches a fiftieth of it. Tries nonces from `start` upwards (wrapping at 2^64) until one
 * meets the target; undefined once `stopped` says so.
 */
export function searchNonce(
  seal: Uint8Array,
  target: Uint8Array,
  start: bigint,
  stopped: () => boolean,
): bigint | undefined {
  const schedule = new Uint32Array(64);
  const view = new DataView(seal.buffer, seal.byteOffset, 32);
  for (let i = 0; i < 8; i++) schedule[i] = view.getUint32(4 * i);
  schedule[10] = 0x8000_0000;
  schedule[15] = 40 * 8;
  const targetWords = new Uint32Array(8);
  const targetView = new DataView(target.buffer, target.byteOffset, 32);
  for (let i = 0; i < 8; i++) targetWords[i] = targetView.getUint32(4 * i);

  let high = Number(start >> 32n) >>> 0;
  let low = Number(start & 0xffff_ffffn) >>> 0;
  const digest = new Uint32Array(8);
  while (!stopped()) {
    for (let tries = 0; tries < TRIES_PER_CHECK; tries++) {
      schedule[8] = high;
      schedule[9] = low;
      compress(INITIAL_STATE, schedule, digest);
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
