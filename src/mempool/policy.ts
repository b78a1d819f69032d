import { toHex } from '../crypto/bytes.js';

/** What this node is willing to hold. Policy, not consensus: nodes may differ and still agree on every block. */
export interface MempoolPolicy {
  readonly maxTransactions: number;
  readonly maxBytes: number;
  readonly maxPerSender: number;
  /** How many nonces ahead of the next one a transaction may be and is held back. */
  readonly maxNonceGap: bigint;
  /** Held back in all, and of one sender: more are refused, and the first to leave when there is no room. */
  readonly maxHeldBack: number;
  readonly maxHeldBackPerSender: number;
  /** After this long unmined a transaction is dropped. */
  readonly maxAgeMs: number;
  /** Lowest fee accepted, base units. */
  readonly minimumFee: bigint;
  /** Dropped transactions whose reason is remembered; the oldest are forgotten above it. */
  readonly maxRemembered: number;
}

export const DEFAULT_POLICY: MempoolPolicy = {
  maxTransactions: 50_000,
  maxBytes: 64 * 1024 * 1024,
  maxPerSender: 64,
  maxNonceGap: 16n,
  maxHeldBack: 1_024,
  maxHeldBackPerSender: 16,
  maxAgeMs: 3 * 60 * 60 * 1000,
  minimumFee: 0n,
  maxRemembered: 10_000,
};

/** Which pending transaction of its sender and nonce a new one may take the place of: the one with this id, any, or none. */
export type Replaces = Uint8Array | 'any' | undefined;

/** On what terms a transaction is taken. */
export interface Terms {
  /** False: it was accepted before, and comes back from a block or the journal: not held to a sender's limits again. */
  readonly isNew: boolean;
  readonly replaces: Replaces;
}

/** The terms of a new transaction that replaces nothing. */
export const NEW: Terms = { isNew: true, replaces: undefined };
/** The terms of what was accepted before. */
export const RETURNING: Terms = { isNew: false, replaces: 'any' };

/** True if the pending transaction of this id may be replaced. */
export function mayReplace(replaces: Replaces, txid: string): boolean {
  return replaces === 'any' || (replaces !== undefined && toHex(replaces) === txid);
}

/** Lowest fee that replaces a pending transaction of the same sender and nonce: 10 % more, and at least one unit. */
export function replacementFee(fee: bigint): bigint {
  const tenth = (fee + 9n) / 10n;
  return fee + (tenth > 0n ? tenth : 1n);
}

/** The smallest transaction, one without a memo: what the minimum fee is quoted for. */
export const MINIMUM_BYTES = 153;
