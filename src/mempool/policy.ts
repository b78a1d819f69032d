/** What this node is willing to hold. Policy, not consensus: nodes may differ and still agree on every block. */
export interface MempoolPolicy {
  readonly maxTransactions: number;
  readonly maxBytes: number;
  readonly maxPerSender: number;
  /** How many nonces ahead of the next one a transaction may be and is held back. */
  readonly maxNonceGap: bigint;
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
  maxAgeMs: 3 * 60 * 60 * 1000,
  minimumFee: 0n,
  maxRemembered: 10_000,
};

/** Lowest fee that replaces a pending transaction of the same sender and nonce: 10 % more, and at least one unit. */
export function replacementFee(fee: bigint): bigint {
  const tenth = (fee + 9n) / 10n;
  return fee + (tenth > 0n ? tenth : 1n);
}
