import { searchNonce } from './nonceSearch.js';

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
