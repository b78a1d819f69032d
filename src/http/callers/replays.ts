/** What tells one envelope of a signer from another. */
export interface Sent {
  readonly time: number;
  readonly nonce: number;
}

/** What one node has sent: two generations of nonces, and the time before which nothing is new any more. */
interface Seen {
  recent: Set<number>;
  before: Set<number>;
  /** Latest time of each generation. */
  recentTime: number;
  beforeTime: number;
  floor: number;
}

/**
 * Remembers envelopes, within bounds that nobody can move for others: of each signer the last ones, and below a floor nothing is
 * taken. A signer beyond the bound makes room by the one that was silent longest, whose latest time then is the floor of newcomers.
 */
export class Replays {
  readonly #signers = new Map<string, Seen>();
  #floor = 0;

  /** Whether this is the first time; later ones of the same are not. */
  isNew(signer: string, { time, nonce }: Sent): boolean {
    const known = this.#signers.get(signer);
    const seen = known ?? { recent: new Set(), before: new Set(), recentTime: 0, beforeTime: 0, floor: this.#floor };
    if (time <= seen.floor || seen.recent.has(nonce) || seen.before.has(nonce)) return false;
    if (seen.recent.size >= MAX_NONCES) {
      seen.floor = Math.max(seen.floor, seen.beforeTime);
      seen.before = seen.recent;
      seen.beforeTime = seen.recentTime;
      seen.recent = new Set();
      seen.recentTime = 0;
    }
    seen.recent.add(nonce);
    seen.recentTime = Math.max(seen.recentTime, time);
    this.#signers.delete(signer);
    this.#signers.set(signer, seen);
    if (this.#signers.size > MAX_SIGNERS) this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    const [signer, { recentTime, beforeTime, floor }] = this.#signers.entries().next().value!;
    this.#signers.delete(signer);
    this.#floor = Math.max(this.#floor, recentTime, beforeTime, floor);
  }
}

/** Nonces of a generation: many times what is under way at once on the connections of one node. */
const MAX_NONCES = 1_024;
const MAX_SIGNERS = 1_024;
