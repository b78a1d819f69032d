import { toHex } from '../crypto/bytes.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import type { Entries } from './entries.js';
import type { Entry } from './entry.js';

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

/** Which pending transaction of its sender and nonce a new one may take the place of: the one with this id, any, or, if undefined, no one. */
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

/** An entry that has to leave, and why. */
export interface Leaving {
  readonly entry: Entry;
  readonly reason: Rejection;
}

/**
 * Decides which transactions have room in the mempool. Those held back have a small room of their own: nobody can earn their fees now, so
 * they take no place from those that can be mined, and leave first.
 */
export class Room {
  readonly #policy: MempoolPolicy;
  readonly #entries: Entries;

  constructor(policy: MempoolPolicy, entries: Entries) {
    this.#policy = policy;
    this.#entries = entries;
  }

  /** Why a transaction whose nonce is free gets no room. `isNew`: it was not accepted before. */
  check({ senderHex, nonce, fee, size }: Transaction, nextNonce: bigint, isNew: boolean): Rejection | undefined {
    if (nonce > nextNonce) {
      const mayWait = !this.isFull(size) && (!isNew || this.#mayWait(senderHex));
      return mayWait ? undefined : { code: 'HELD_BACK_LIMIT', missingNonce: nextNonce, got: nonce };
    }
    if (!this.#isFullOfReady(size)) return undefined;
    const minimumFee = this.minimumFee(size);
    // The sender's own last one would leave for it, and it could not be mined without that.
    const leavesItself = this.#entries.worst!.transaction.senderHex === senderHex;
    return fee < minimumFee || leavesItself ? { code: 'MEMPOOL_FULL', minimumFee } : undefined;
  }

  /** Lowest fee that a transaction of this size that can be mined is admitted with. */
  minimumFee(size: number): bigint {
    const worst = this.#isFullOfReady(size) ? this.#entries.worst : undefined;
    const toEvict = worst ? BigInt(Math.floor(worst.feeRate * size)) + 1n : 0n;
    return toEvict > this.#policy.minimumFee ? toEvict : this.#policy.minimumFee;
  }

  /** True if something has to leave before a transaction of this size comes. */
  isFull(size: number, { count, bytes } = NOTHING): boolean {
    const { maxTransactions, maxBytes } = this.#policy;
    return this.#entries.byId.size - count >= maxTransactions || this.#entries.bytes - bytes + size > maxBytes;
  }

  /**
   * The next to leave: a held-back transaction, the newest first; then the last transaction of the sender that has
   * the worst-paying one, since nothing else depends on it.
   */
  victim(): Leaving {
    const waiting = newest(this.#entries.heldBack);
    if (waiting) return this.#heldBack(waiting);
    const worst = this.#entries.worst!;
    const entry = this.#entries.queueOf(worst.transaction.senderHex)!.entries.at(-1)!;
    const minimumFee = BigInt(Math.floor(worst.feeRate * entry.transaction.size)) + 1n;
    return { entry, reason: { code: 'MEMPOOL_FULL', minimumFee } };
  }

  /** What is held back beyond the bounds, as a change of the chain, or one that left, may do: the last of a sender, then the newest. */
  excess(): Leaving[] {
    const { maxHeldBack, maxHeldBackPerSender } = this.#policy;
    const queues = new Set(
      [...this.#entries.heldBack].map(({ transaction }) => this.#entries.queueOf(transaction.senderHex)!),
    );
    const kept: Entry[] = [];
    const beyond: Entry[] = [];
    for (const { heldBack } of queues) {
      kept.push(...heldBack.slice(0, maxHeldBackPerSender));
      beyond.push(...heldBack.slice(maxHeldBackPerSender));
    }
    kept.sort((a, b) => a.sequence - b.sequence);
    return [...beyond, ...kept.slice(maxHeldBack)].map((entry) => this.#heldBack(entry));
  }

  /** True if there is no room even once all that is held back has left. */
  #isFullOfReady(size: number): boolean {
    if (!this.isFull(size)) return false;
    const { heldBack } = this.#entries;
    const bytes = [...heldBack].reduce((sum, { transaction }) => sum + transaction.size, 0);
    return this.isFull(size, { count: heldBack.size, bytes });
  }

  #mayWait(sender: string): boolean {
    const { maxHeldBack, maxHeldBackPerSender } = this.#policy;
    const queue = this.#entries.queueOf(sender);
    const waiting = queue ? queue.entries.length - queue.readyCount : 0;
    return waiting < maxHeldBackPerSender && this.#entries.heldBack.size < maxHeldBack;
  }

  #heldBack(entry: Entry): Leaving {
    const { senderHex, nonce } = entry.transaction;
    const { nextNonce } = this.#entries.queueOf(senderHex)!;
    return { entry, reason: { code: 'HELD_BACK_LIMIT', missingNonce: nextNonce, got: nonce } };
  }
}

function newest(entries: ReadonlySet<Entry>): Entry | undefined {
  let newest: Entry | undefined;
  for (const entry of entries) if (!newest || entry.sequence > newest.sequence) newest = entry;
  return newest;
}

const NOTHING = { count: 0, bytes: 0 };
