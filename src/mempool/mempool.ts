import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import type { Account } from '../ledger/accounts.js';
import { Event } from '../util/event.js';
import { ChangeLog } from './changes.js';
import { Departures, type ReasonOf } from './departures.js';
import { Entries, type Redo } from './entries.js';
import type { Entry } from './entry.js';
import { Follower } from './follower.js';
import { PendingView } from './pendingView.js';
import type { NewTip, PendingTransaction } from './ports.js';
import { type Leaving, type MempoolPolicy, MINIMUM_BYTES, NEW, replacementFee, type Terms } from './policy.js';

/**
 * Valid transactions that wait to be mined. Policy only, pure and synchronous: no signature is checked here (admission.ts
 * does, before `add`), and time is an argument: `now` for people, milliseconds since 1970; `elapsed` for ages, on a clock that is
 * never set.
 */
export class Mempool extends PendingView {
  /** A transaction that was removed, mined or dropped. */
  readonly removed: Event<Transaction>;
  /** Transactions of a disconnected block that are pending again. */
  readonly returned = new Event<readonly PendingTransaction[]>();
  readonly #departures: Departures;
  readonly #follower: Follower;
  /** As of the last `expire`. */
  #elapsed = 0;

  constructor(policy: MempoolPolicy) {
    const entries = new Entries();
    const removed = new Event<Transaction>();
    const departures = new Departures(policy.maxRemembered, { entries, removed });
    super(policy, { entries, dropped: departures });
    this.removed = removed;
    this.#departures = departures;
    this.#follower = new Follower({
      entries,
      departures,
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

  /** Collects what changes from now on; called once at most. */
  changes(): ChangeLog {
    return new ChangeLog({ entries: this.entries, departures: this.#departures });
  }

  override named(txid: string): PendingTransaction | undefined {
    return super.named(txid) ?? this.#follower.returning(txid);
  }

  /** True if one of this hexadecimal id is pending. */
  has(txid: string): boolean {
    return this.entries.byId.has(txid) || this.#follower.returning(txid) !== undefined;
  }

  /** Its entry, unless it comes back only once the change of the tip that is being followed has been. */
  entry({ txid }: Transaction): Entry | undefined {
    return this.entries.byId.get(txid);
  }

  /** How many wait for a nonce before theirs. */
  get heldBack(): number {
    return this.entries.heldBack.size;
  }

  get maxAgeMs(): number {
    return this.policy.maxAgeMs;
  }

  /** The same as one list. */
  ordered(): Transaction[] {
    return Array.from(this.entries.order.placed(), ({ entry }) => entry.transaction);
  }

  /** Every transaction with its hexadecimal id, each sender's in nonce order; nothing is sorted for it. */
  *bySenders(): Generator<{ readonly txid: string; readonly transaction: Transaction }> {
    for (const { entries } of this.entries.bySender.values()) yield* entries;
  }

  /** The pending transaction of its sender that has its nonce. */
  holder({ senderHex, nonce }: Pick<Transaction, 'senderHex' | 'nonce'>): Transaction | undefined {
    return this.entries.queueOf(senderHex)?.at(nonce)?.transaction;
  }

  /** The transactions for a block of at most `maxBytes`, best fee rate first, each sender's in nonce order. */
  select(maxBytes: number): Transaction[] {
    const selected: Transaction[] = [];
    const passed = new Set<string>();
    let room = maxBytes;
    for (const { entry, heldBack } of this.entries.order.placed()) {
      if (heldBack || room < MINIMUM_BYTES) break;
      const { transaction } = entry;
      // What follows a transaction that did not fit cannot be mined either.
      if (transaction.size > room || (passed.size > 0 && passed.has(transaction.senderHex))) {
        passed.add(transaction.senderHex);
        continue;
      }
      selected.push(transaction);
      room -= transaction.size;
    }
    return selected;
  }

  /**
   * Takes a transaction that passed `check` and whose signature holds, or returns why it is refused now. `since`: when accepted.
   * `age`: milliseconds that have counted against it before.
   */
  add(transaction: Transaction, account: Account, since: number, terms: Terms = NEW, age = 0): Rejection | undefined {
    const fault = this.checkOnState(transaction, account, terms);
    if (fault) return fault;
    const { txid } = transaction;
    const replaced = this.entries.queueOf(transaction.senderHex)?.at(transaction.nonce);
    if (replaced) {
      const minimumFee = replacementFee(replaced.transaction.fee);
      const reason: Rejection = { code: 'NONCE_CONFLICT', nonce: transaction.nonce, minimumFee, pending: txid };
      this.#drop({ entry: replaced, reason }, since);
    }
    while (this.room.isFull(transaction.size)) this.#drop(this.room.victim(), since);
    const former = this.#departures.came(txid);
    if (former) this.entries.putBack(former, account);
    else this.entries.add(transaction, account, { since, arrived: this.#elapsed - age });
    return undefined;
  }

  /**
   * One change: it stays if `work` returns true. If not, everything that `work` did is taken back: the mempool is as before, and no
   * listener heard of it. What comes and leaves within a change never was there, what leaves and comes back never left. `work` is given
   * why a transaction has left in it, so far. Returns what does it again if it was taken back.
   */
  attempt(work: (reasonOf: ReasonOf) => boolean): Redo | undefined {
    return this.#departures.attempt(work);
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
    const { maxAgeMs } = this.policy;
    for (let { oldest } = this.entries; oldest && elapsed - oldest.arrived >= maxAgeMs; { oldest } = this.entries) {
      this.#drop({ entry: oldest, reason: { code: 'EXPIRED', maximumAgeMs: maxAgeMs } }, now);
    }
    this.#trimHeldBack(now);
  }

  /** A change of the chain, and a transaction that left, may hold back more than have room to wait. */
  #trimHeldBack(now: number): void {
    for (const leaving of this.room.excess()) this.#drop(leaving, now);
  }

  #drop(leaving: Leaving, now: number): void {
    this.#remove(leaving.entry);
    this.#departures.left(leaving, now);
  }

  #remove(entry: Entry): void {
    this.entries.remove(entry);
  }
}
