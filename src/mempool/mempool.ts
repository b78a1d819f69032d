import { LRUCache } from 'lru-cache';
import { toHex } from '../crypto/bytes.js';
import type { Rejection } from '../consensus/rejection.js';
import { transactionFault, type Transaction } from '../consensus/transaction.js';
import type { Account } from '../ledger/account.js';
import { Event } from '../util/event.js';
import { EvictionOrder } from './evictionOrder.js';
import { heldBack, miningOrder } from './miningOrder.js';
import type { DroppedTransaction, PendingTransaction } from './pendingTransaction.js';
import type { NewTip } from './ports.js';
import { mayReplace, MINIMUM_BYTES, NEW, replacementFee, RETURNING, type MempoolPolicy, type Terms } from './policy.js';
import { cost, SenderQueue, type Entry } from './senderQueue.js';

/**
 * Valid transactions that wait to be mined. Policy only, pure and synchronous: no signature is checked here (admission.ts
 * does, before `add`), and time is an argument.
 */
export class Mempool {
  /** Transactions that left it, mined or dropped. */
  readonly left = new Event<readonly Transaction[]>();
  /** Transactions of a disconnected block that are pending again. */
  readonly returned = new Event<readonly PendingTransaction[]>();
  readonly #policy: MempoolPolicy;
  readonly #byId = new Map<string, Entry>();
  readonly #bySender = new Map<string, SenderQueue>();
  readonly #incoming = new Map<string, bigint>();
  readonly #dropped: LRUCache<string, DroppedTransaction>;
  readonly #evictionOrder = new EvictionOrder(this.#byId);
  #bytes = 0;
  #sequence = 0;
  #ordered: readonly Transaction[] | undefined;

  constructor(policy: MempoolPolicy) {
    this.#policy = policy;
    this.#dropped = new LRUCache({ max: policy.maxRemembered });
  }

  get size(): number {
    return this.#byId.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get maxSize(): number {
    return this.#policy.maxTransactions;
  }

  get maxBytes(): number {
    return this.#policy.maxBytes;
  }

  /** How far above the account's nonce a sender's transactions can reach at most. */
  get maxNoncesAhead(): bigint {
    return BigInt(this.#policy.maxPerSender) + this.#policy.maxNonceGap;
  }

  get(id: Uint8Array): PendingTransaction | undefined {
    const entry = this.#byId.get(toHex(id));
    if (!entry) return undefined;
    const { nextNonce } = this.#bySender.get(toHex(entry.transaction.sender))!;
    const missingNonce = entry.transaction.nonce > nextNonce ? nextNonce : undefined;
    return { transaction: entry.transaction, since: entry.since, missingNonce };
  }

  dropped(id: Uint8Array): DroppedTransaction | undefined {
    return this.#dropped.get(toHex(id));
  }

  /** Every transaction, in mining order, those held back last. The same array until something changes. */
  ordered(): readonly Transaction[] {
    this.#ordered ??= [...miningOrder(this.#bySender.values()), ...heldBack(this.#bySender.values())].map(
      (entry) => entry.transaction,
    );
    return this.#ordered;
  }

  /** Every transaction with its hexadecimal id, each sender's in nonce order; nothing is sorted for it. */
  *bySenders(): Generator<{ readonly txid: string; readonly transaction: Transaction }> {
    for (const { entries } of this.#bySender.values()) yield* entries;
  }

  bySender(sender: Uint8Array): readonly Transaction[] {
    return this.#bySender.get(toHex(sender))?.entries.map((entry) => entry.transaction) ?? [];
  }

  outgoing(publicKey: Uint8Array): bigint {
    return this.#bySender.get(toHex(publicKey))?.outgoing ?? 0n;
  }

  incoming(publicKey: Uint8Array): bigint {
    return this.#incoming.get(toHex(publicKey)) ?? 0n;
  }

  /** The pending transaction of this sender that has the nonce. */
  holder(sender: Uint8Array, nonce: bigint): Transaction | undefined {
    return this.#bySender.get(toHex(sender))?.at(nonce)?.transaction;
  }

  /** State on the chain of a sender with pending transactions: saves reading it. */
  account(sender: Uint8Array): Account | undefined {
    return this.#bySender.get(toHex(sender))?.account;
  }

  nextNonce(sender: Uint8Array): bigint | undefined {
    return this.#bySender.get(toHex(sender))?.nextNonce;
  }

  /** Lowest fee that a transaction without a memo would be admitted with now. */
  minimumFee(): bigint {
    return this.#minimumFee(MINIMUM_BYTES);
  }

  /** The transactions for a block of at most `maxBytes`, best fee rate first, each sender's in nonce order. */
  select(maxBytes: number): Transaction[] {
    const selected: Transaction[] = [];
    const passed = new Set<string>();
    let room = maxBytes;
    for (const { transaction } of miningOrder(this.#bySender.values())) {
      if (room < MINIMUM_BYTES) break;
      const sender = toHex(transaction.sender);
      // What follows a transaction that did not fit cannot be mined either.
      if (passed.has(sender) || transaction.size > room) {
        passed.add(sender);
        continue;
      }
      selected.push(transaction);
      room -= transaction.size;
    }
    return selected;
  }

  /** What is wrong with the transaction as of this account state, cheapest check first; undefined if `add` would take it. */
  check(transaction: Transaction, account: Account, terms: Terms = NEW): Rejection | undefined {
    return transactionFault(transaction) ?? this.#refusal(transaction, account, terms);
  }

  #refusal(transaction: Transaction, account: Account, { isNew, replaces }: Terms): Rejection | undefined {
    const { nonce, fee, size } = transaction;
    if (nonce < account.nonce) return { code: 'NONCE_TOO_LOW', expected: account.nonce, got: nonce };
    const queue = this.#bySender.get(toHex(transaction.sender));
    const maximum = (queue?.nextNonce ?? account.nonce) + this.#policy.maxNonceGap;
    if (isNew && nonce > maximum) return { code: 'NONCE_TOO_HIGH', maximum, got: nonce };
    const replaced = queue?.at(nonce);
    if (replaced) {
      const minimumFee = replacementFee(replaced.transaction.fee);
      if (fee < minimumFee || !mayReplace(replaces, replaced.txid))
        return { code: 'NONCE_CONFLICT', nonce, minimumFee, pending: replaced.txid };
    } else if (replaces !== undefined && replaces !== 'any') {
      return { code: 'NOTHING_TO_REPLACE', replaces: toHex(replaces), nonce };
    } else if (isNew && queue && queue.entries.length >= this.#policy.maxPerSender) {
      return { code: 'SENDER_LIMIT', maximum: this.#policy.maxPerSender };
    }
    const committed = (queue?.outgoing ?? 0n) - (replaced ? cost(replaced.transaction) : 0n);
    const required = cost(transaction);
    if (account.balance - committed < required) {
      const available = account.balance > committed ? account.balance - committed : 0n;
      return { code: 'INSUFFICIENT_FUNDS', available, required };
    }
    if (fee < this.#policy.minimumFee) return { code: 'FEE_TOO_LOW', minimum: this.#policy.minimumFee, got: fee };
    if (!replaced && this.#isFull(size)) {
      const minimumFee = this.#minimumFee(size);
      if (fee < minimumFee) return { code: 'MEMPOOL_FULL', minimumFee };
    }
    return undefined;
  }

  /** Takes a transaction that passed `check` and whose signature holds, or says why not any more. `since`: when accepted. */
  add(transaction: Transaction, account: Account, since: number, terms: Terms = NEW): Rejection | undefined {
    const fault = this.#refusal(transaction, account, terms);
    if (fault) return fault;
    const txid = toHex(transaction.id);
    const replaced = this.#bySender.get(toHex(transaction.sender))?.at(transaction.nonce);
    if (replaced) {
      const minimumFee = replacementFee(replaced.transaction.fee);
      this.#drop(replaced, { code: 'NONCE_CONFLICT', nonce: transaction.nonce, minimumFee, pending: txid }, since);
    }
    while (this.#isFull(transaction.size)) this.#evictWorst(since);
    const sender = toHex(transaction.sender);
    let queue = this.#bySender.get(sender);
    if (!queue) this.#bySender.set(sender, (queue = new SenderQueue(account)));
    queue.account = account;
    const feeRate = Number(transaction.fee) / transaction.size;
    const entry: Entry = { transaction, txid, since, sequence: this.#sequence++, feeRate };
    queue.add(entry);
    this.#byId.set(txid, entry);
    this.#evictionOrder.push(entry);
    this.#bytes += transaction.size;
    const recipient = toHex(transaction.recipient);
    this.#incoming.set(recipient, (this.#incoming.get(recipient) ?? 0n) + transaction.amount);
    this.#dropped.delete(txid);
    this.#ordered = undefined;
    return undefined;
  }

  /** Takes back an `add`: the transaction could not be made durable and was never acknowledged. */
  remove(id: Uint8Array): void {
    const entry = this.#byId.get(toHex(id));
    if (entry) this.#remove(entry);
  }

  /**
   * Follows a change of the tip, in time proportional to the change: removes what was mined or is spent, drops what the
   * touched senders can no longer pay for, takes back the transactions of disconnected blocks. Returns how many came back.
   */
  reconcile(change: NewTip, now: number): number {
    const mined = new Set<string>();
    for (const block of change.connected) {
      for (const { id } of block.transactions) {
        const txid = toHex(id);
        mined.add(txid);
        const entry = this.#byId.get(txid);
        if (entry) this.#remove(entry);
      }
    }
    for (const { publicKey, account } of change.accounts) {
      const queue = this.#bySender.get(toHex(publicKey));
      if (queue) this.#revalidate(queue, account, now);
    }
    const returned: PendingTransaction[] = [];
    for (const block of [...change.disconnected].reverse()) {
      for (const transaction of block.transactions) {
        if (mined.has(toHex(transaction.id))) continue;
        const reason = this.add(transaction, change.reader.account(transaction.sender), now, RETURNING);
        if (reason) this.#dropped.set(toHex(transaction.id), { transaction, reason, at: now });
        else returned.push({ transaction, since: now, missingNonce: undefined });
      }
    }
    if (returned.length > 0) this.returned.emit(returned);
    return returned.length;
  }

  /** Drops what has waited longer than the policy allows. Costs as much as it drops. */
  expire(now: number): void {
    const { maxAgeMs } = this.#policy;
    // Entries lie in order of arrival, so the first young one ends the search.
    for (const entry of this.#byId.values()) {
      if (now - entry.since < maxAgeMs) break;
      this.#drop(entry, { code: 'EXPIRED', maximumAgeMs: maxAgeMs }, now);
    }
  }

  #revalidate(queue: SenderQueue, account: Account, now: number): void {
    queue.account = account;
    for (const entry of [...queue.entries]) {
      const { nonce } = entry.transaction;
      if (nonce >= account.nonce) break;
      // Another transaction of the same sender and nonce was mined.
      this.#drop(entry, { code: 'NONCE_TOO_LOW', expected: account.nonce, got: nonce }, now);
    }
    while (queue.outgoing > account.balance) {
      const last = queue.entries.at(-1)!;
      const required = cost(last.transaction);
      const available = account.balance - (queue.outgoing - required);
      this.#drop(last, { code: 'INSUFFICIENT_FUNDS', available: available > 0n ? available : 0n, required }, now);
    }
  }

  #isFull(size: number): boolean {
    return this.#byId.size >= this.#policy.maxTransactions || this.#bytes + size > this.#policy.maxBytes;
  }

  #minimumFee(size: number): bigint {
    const worst = this.#isFull(size) ? this.#evictionOrder.worst() : undefined;
    const toEvict = worst ? BigInt(Math.floor(worst.feeRate * size)) + 1n : 0n;
    return toEvict > this.#policy.minimumFee ? toEvict : this.#policy.minimumFee;
  }

  /** Makes room: the last transaction of the sender who has the worst-paying one, since nothing else depends on it. */
  #evictWorst(now: number): void {
    const worst = this.#evictionOrder.worst()!;
    const victim = this.#bySender.get(toHex(worst.transaction.sender))!.entries.at(-1)!;
    const minimumFee = BigInt(Math.floor(worst.feeRate * victim.transaction.size)) + 1n;
    this.#drop(victim, { code: 'MEMPOOL_FULL', minimumFee }, now);
  }

  #drop(entry: Entry, reason: Rejection, now: number): void {
    this.#remove(entry);
    this.#dropped.set(entry.txid, { transaction: entry.transaction, reason, at: now });
  }

  #remove(entry: Entry): void {
    const { transaction, txid } = entry;
    const sender = toHex(transaction.sender);
    const queue = this.#bySender.get(sender)!;
    queue.remove(entry);
    if (queue.entries.length === 0) this.#bySender.delete(sender);
    this.#byId.delete(txid);
    this.#bytes -= transaction.size;
    const recipient = toHex(transaction.recipient);
    const incoming = this.#incoming.get(recipient)! - transaction.amount;
    if (incoming > 0n) this.#incoming.set(recipient, incoming);
    else this.#incoming.delete(recipient);
    this.#ordered = undefined;
    this.left.emit([transaction]);
  }
}
