import { toHex } from '../crypto/bytes.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import type { Entries } from './entries.js';
import type { MempoolPolicy } from './policy.js';
import type { Entry } from './senderQueue.js';

/** An entry that has to leave, and why. */
export interface Leaving {
  readonly entry: Entry;
  readonly reason: Rejection;
}

/**
 * Who has room in the mempool. What is held back has a small room of its own: whatever fee it offers, nobody earns it now, so it
 * takes no place of what can be mined, and leaves first.
 */
export class Room {
  readonly #policy: MempoolPolicy;
  readonly #entries: Entries;

  constructor(policy: MempoolPolicy, entries: Entries) {
    this.#policy = policy;
    this.#entries = entries;
  }

  /** Why a transaction whose nonce is free gets no room. `isNew`: it was not accepted before. */
  check({ sender, nonce, fee, size }: Transaction, nextNonce: bigint, isNew: boolean): Rejection | undefined {
    if (nonce > nextNonce) {
      const mayWait = !this.isFull(size) && (!isNew || this.#mayWait(sender));
      return mayWait ? undefined : { code: 'HELD_BACK_LIMIT', missingNonce: nextNonce, got: nonce };
    }
    if (!this.#isFullOfReady(size)) return undefined;
    const minimumFee = this.minimumFee(size);
    // The sender's own last one would leave for it, and it could not be mined without that.
    const leavesItself = toHex(this.#entries.worst!.transaction.sender) === toHex(sender);
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
   * Who leaves next: what is held back, the newest before what has waited longer; then the last transaction of the sender who has
   * the worst-paying one, since nothing else depends on it.
   */
  victim(): Leaving {
    const waiting = newest(this.#entries.heldBack);
    if (waiting) return this.#heldBack(waiting);
    const worst = this.#entries.worst!;
    const entry = this.#entries.queueOf(worst.transaction.sender)!.entries.at(-1)!;
    const minimumFee = BigInt(Math.floor(worst.feeRate * entry.transaction.size)) + 1n;
    return { entry, reason: { code: 'MEMPOOL_FULL', minimumFee } };
  }

  /** What is held back beyond the bounds, as a change of the chain, or one that left, may do: the last of a sender, then the newest. */
  excess(): Leaving[] {
    const { maxHeldBack, maxHeldBackPerSender } = this.#policy;
    const queues = new Set(
      [...this.#entries.heldBack].map(({ transaction }) => this.#entries.queueOf(transaction.sender)!),
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

  #mayWait(sender: Uint8Array): boolean {
    const { maxHeldBack, maxHeldBackPerSender } = this.#policy;
    const queue = this.#entries.queueOf(sender);
    const waiting = queue ? queue.entries.length - queue.readyCount : 0;
    return waiting < maxHeldBackPerSender && this.#entries.heldBack.size < maxHeldBack;
  }

  #heldBack(entry: Entry): Leaving {
    const { sender, nonce } = entry.transaction;
    const { nextNonce } = this.#entries.queueOf(sender)!;
    return { entry, reason: { code: 'HELD_BACK_LIMIT', missingNonce: nextNonce, got: nonce } };
  }
}

function newest(entries: ReadonlySet<Entry>): Entry | undefined {
  let newest: Entry | undefined;
  for (const entry of entries) if (!newest || entry.sequence > newest.sequence) newest = entry;
  return newest;
}

const NOTHING = { count: 0, bytes: 0 };
