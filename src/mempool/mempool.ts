import { toHex } from '../crypto/bytes.js';
import type { Rejection } from '../consensus/rejection.js';
import { checkTransactionAlone, type Transaction } from '../consensus/transaction.js';
import type { Account } from '../ledger/accounts.js';
import { Event } from '../util/event.js';
import { Departures, type ReasonOf } from './departures.js';
import { Entries } from './entries.js';
import { cost, type Entry } from './entry.js';
import { Follower } from './follower.js';
import type { Place, PlacedTransaction } from './miningOrder.js';
import type { PageRequest } from '../util/pages.js';
import type { DroppedTransaction, NewTip, PendingTransaction } from './ports.js';
import {
  type Leaving,
  mayReplace,
  type MempoolPolicy,
  MINIMUM_BYTES,
  NEW,
  replacementFee,
  Room,
  type Terms,
} from './policy.js';

/**
 * Valid transactions that wait to be mined. Policy only, pure and synchronous: no signature is checked here (admission.ts
 * does, before `add`), and time is an argument: `now` for people, milliseconds since 1970; `elapsed` for ages, on a clock that is
 * never set.
 */
export class Mempool {
  /** A transaction that was removed, mined or dropped. */
  readonly removed = new Event<Transaction>();
  /** Transactions of a disconnected block that are pending again. */
  readonly returned = new Event<readonly PendingTransaction[]>();
  readonly #policy: MempoolPolicy;
  readonly #entries = new Entries();
  readonly #room: Room;
  readonly #departures: Departures;
  readonly #follower: Follower;
  /** As of the last `expire`. */
  #elapsed = 0;

  constructor(policy: MempoolPolicy) {
    this.#policy = policy;
    this.#room = new Room(policy, this.#entries);
    this.#departures = new Departures(policy.maxRemembered, { entries: this.#entries, removed: this.removed });
    this.#follower = new Follower({
      entries: this.#entries,
      departures: this.#departures,
      add: (transaction, account, since, terms) => this.add(transaction, account, since, terms),
      mined: (entry) => {
        this.#remove(entry);
        this.removed.emit(entry.transaction);
      },
      drop: (leaving, now) => this.#drop(leaving, now),
      trim: (now) => this.#trimHeldBack(now),
      returned: this.returned,
    });
  }

  get size(): number {
    return this.#entries.byId.size;
  }

  get bytes(): number {
    return this.#entries.bytes;
  }

  /** How many wait for a nonce before theirs. */
  get heldBack(): number {
    return this.#entries.heldBack.size;
  }

  get maxSize(): number {
    return this.#policy.maxTransactions;
  }

  get maxBytes(): number {
    return this.#policy.maxBytes;
  }

  get maxAgeMs(): number {
    return this.#policy.maxAgeMs;
  }

  /** How far above the account's nonce a sender's transactions can reach at most. */
  get maxNoncesAhead(): bigint {
    return BigInt(this.#policy.maxPerSender) + this.#policy.maxNonceGap;
  }

  get(id: Uint8Array): PendingTransaction | undefined {
    const entry = this.#entries.byId.get(toHex(id));
    if (!entry) return this.#follower.returning(id);
    const { nextNonce } = this.#entries.queueOf(entry.transaction.sender)!;
    const missingNonce = entry.transaction.nonce > nextNonce ? nextNonce : undefined;
    return { transaction: entry.transaction, since: entry.since, missingNonce };
  }

  dropped(id: Uint8Array): DroppedTransaction | undefined {
    return this.#departures.get(toHex(id));
  }

  /** A page of all transactions in mining order, those held back last. */
  page(request: PageRequest<Place>): PlacedTransaction[] {
    return this.#entries.order.page(request);
  }

  /** The same as one list. */
  ordered(): Transaction[] {
    return Array.from(this.#entries.order.placed(), ({ entry }) => entry.transaction);
  }

  /** Every transaction with its hexadecimal id, each sender's in nonce order; nothing is sorted for it. */
  *bySenders(): Generator<{ readonly txid: string; readonly transaction: Transaction }> {
    for (const { entries } of this.#entries.bySender.values()) yield* entries;
  }

  bySender(sender: Uint8Array): readonly Transaction[] {
    return this.#entries.queueOf(sender)?.entries.map((entry) => entry.transaction) ?? [];
  }

  outgoing(publicKey: Uint8Array): bigint {
    return this.#entries.queueOf(publicKey)?.outgoing ?? 0n;
  }

  incoming(publicKey: Uint8Array): bigint {
    return this.#entries.incoming(publicKey);
  }

  /** The pending transaction of this sender that has the nonce. */
  holder(sender: Uint8Array, nonce: bigint): Transaction | undefined {
    return this.#entries.queueOf(sender)?.at(nonce)?.transaction;
  }

  /** State on the chain of a sender with pending transactions: saves reading it. */
  account(sender: Uint8Array): Account | undefined {
    return this.#entries.queueOf(sender)?.account;
  }

  nextNonce(sender: Uint8Array): bigint | undefined {
    return this.#entries.queueOf(sender)?.nextNonce;
  }

  /** Lowest fee that a transaction without a memo would be admitted with now. */
  minimumFee(): bigint {
    return this.#room.minimumFee(MINIMUM_BYTES);
  }

  /** The transactions for a block of at most `maxBytes`, best fee rate first, each sender's in nonce order. */
  select(maxBytes: number): Transaction[] {
    const selected: Transaction[] = [];
    const passed = new Set<string>();
    let room = maxBytes;
    for (const { entry, heldBack } of this.#entries.order.placed()) {
      if (heldBack || room < MINIMUM_BYTES) break;
      const { transaction } = entry;
      // What follows a transaction that did not fit cannot be mined either.
      if (transaction.size > room || (passed.size > 0 && passed.has(toHex(transaction.sender)))) {
        passed.add(toHex(transaction.sender));
        continue;
      }
      selected.push(transaction);
      room -= transaction.size;
    }
    return selected;
  }

  /** What is wrong with the transaction as of this account state, cheapest check first; undefined if `add` would take it. */
  check(transaction: Transaction, account: Account, terms: Terms = NEW): Rejection | undefined {
    return checkTransactionAlone(transaction) ?? this.#checkOnState(transaction, account, terms);
  }

  #checkOnState(transaction: Transaction, account: Account, { isNew, replaces }: Terms): Rejection | undefined {
    const { nonce, fee } = transaction;
    if (nonce < account.nonce) return { code: 'NONCE_TOO_LOW', expected: account.nonce, got: nonce };
    const queue = this.#entries.queueOf(transaction.sender);
    const nextNonce = queue?.nextNonce ?? account.nonce;
    const maximum = nextNonce + this.#policy.maxNonceGap;
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
    return replaced ? undefined : this.#room.check(transaction, nextNonce, isNew);
  }

  /**
   * Takes a transaction that passed `check` and whose signature holds, or returns why it is refused now. `since`: when accepted.
   * `age`: milliseconds that have counted against it before.
   */
  add(transaction: Transaction, account: Account, since: number, terms: Terms = NEW, age = 0): Rejection | undefined {
    const fault = this.#checkOnState(transaction, account, terms);
    if (fault) return fault;
    const txid = toHex(transaction.id);
    const replaced = this.#entries.queueOf(transaction.sender)?.at(transaction.nonce);
    if (replaced) {
      const minimumFee = replacementFee(replaced.transaction.fee);
      const reason: Rejection = { code: 'NONCE_CONFLICT', nonce: transaction.nonce, minimumFee, pending: txid };
      this.#drop({ entry: replaced, reason }, since);
    }
    while (this.#room.isFull(transaction.size)) this.#drop(this.#room.victim(), since);
    const former = this.#departures.came(txid);
    if (former) this.#entries.putBack(former, account);
    else this.#entries.add(transaction, account, { since, arrived: this.#elapsed - age });
    return undefined;
  }

  /**
   * One change: it stays if `work` returns true. If not, everything that `work` did is taken back: the mempool is as before, and no
   * listener heard of it. What comes and leaves within a change never was there, what leaves and comes back never left. `work` is given
   * why a transaction has left in it, so far.
   */
  attempt(work: (reasonOf: ReasonOf) => boolean): void {
    this.#departures.attempt(work);
  }

  /** Follows a change of the tip; resolves to how many came back. Wait for `following` before anything is added. */
  reconcile(change: NewTip, now: number): Promise<number> {
    return this.#follower.follow(change, now);
  }

  /** Resolves when the change of the tip that is being followed has been: nothing is to be added before. Undefined if there is none. */
  get following(): Promise<void> | undefined {
    return this.#follower.done;
  }

  /**
   * Moves on to `elapsed` and drops what has waited longer than the policy allows. Costs as much as it drops. While a change of the tip is
   * followed, nothing is: what was mined and not removed yet looks as if it waited for a nonce.
   */
  expire(now: number, elapsed: number): void {
    this.#elapsed = elapsed;
    if (this.following) return;
    const { maxAgeMs } = this.#policy;
    for (let { oldest } = this.#entries; oldest && elapsed - oldest.arrived >= maxAgeMs; { oldest } = this.#entries) {
      this.#drop({ entry: oldest, reason: { code: 'EXPIRED', maximumAgeMs: maxAgeMs } }, now);
    }
    this.#trimHeldBack(now);
  }

  /** A change of the chain, and a transaction that left, may hold back more than have room to wait. */
  #trimHeldBack(now: number): void {
    for (const leaving of this.#room.excess()) this.#drop(leaving, now);
  }

  #drop(leaving: Leaving, now: number): void {
    this.#remove(leaving.entry);
    this.#departures.left(leaving, now);
  }

  #remove(entry: Entry): void {
    this.#entries.remove(entry);
  }
}
