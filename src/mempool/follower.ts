import { fromHex, toHex } from '../crypto/bytes.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import type { Account } from '../ledger/accounts.js';
import type { Event } from '../util/event.js';
import { inTurns, type Steps } from '../util/turns.js';
import type { Departures } from './departures.js';
import type { Entries, SenderQueue } from './entries.js';
import { cost, type Entry } from './entry.js';
import type { NewTip, PendingTransaction } from './ports.js';
import { type Leaving, RETURNING, type Terms } from './policy.js';

/** The mempool, as what follows the tip changes it. */
export interface FollowerModules {
  readonly entries: Entries;
  readonly departures: Departures;
  /** As Mempool.add. */
  readonly add: (transaction: Transaction, account: Account, since: number, terms: Terms) => Rejection | undefined;
  readonly mined: (entry: Entry) => void;
  readonly drop: (leaving: Leaving, now: number) => void;
  /** Drops those held back that have no room to wait. */
  readonly trim: (now: number) => void;
  readonly returned: Pick<Event<readonly PendingTransaction[]>, 'emit'>;
}

/** Transactions that come back are announced in lists of at most so many. */
const ANNOUNCED_AT_ONCE = 1_024;

/**
 * Follows changes of the tip in turns, in time and memory proportional to the change: removes what was mined or is spent, drops what the
 * touched senders can no longer pay for, takes the transactions of disconnected blocks back, a block at a time.
 */
export class Follower {
  readonly #modules: FollowerModules;
  #following: { readonly change: NewTip; readonly now: number } | undefined;
  #done: Promise<void> | undefined;

  constructor(modules: FollowerModules) {
    this.#modules = modules;
  }

  /** Resolves to how many came back. What takes no longer than a turn is done when this returns. */
  follow(change: NewTip, now: number): Promise<number> {
    this.#following = { change, now };
    this.#modules.entries.outdateAttempts();
    return inTurns(this.#ending(this.#steps(change, now)));
  }

  *#ending(steps: Steps<number>): Steps<number> {
    let end!: () => void;
    this.#done = new Promise((resolve) => (end = resolve));
    try {
      return yield* steps;
    } finally {
      this.#following = this.#done = undefined;
      end();
    }
  }

  /** Resolves when the change that is being followed has been; undefined if there is none. */
  get done(): Promise<void> | undefined {
    return this.#done;
  }

  /** A transaction that left the best chain and is not taken back yet, though it will be: nobody is told that it is unknown meanwhile. */
  returning(txid: string): PendingTransaction | undefined {
    const { change, now } = this.#following ?? {};
    if (!change || change.disconnected.length === 0 || this.#modules.departures.get(txid)) return undefined;
    const id = fromHex(txid);
    const former = change.before.transaction(id);
    if (!former || change.reader.isConfirmed(id)) return undefined;
    return { transaction: former.transaction, since: now!, missingNonce: undefined };
  }

  *#steps(change: NewTip, now: number): Steps<number> {
    const { entries, trim } = this.#modules;
    for (const { publicKey, account } of change.accounts) {
      const queue = entries.queueOf(toHex(publicKey));
      if (queue) yield* this.#revalidate(queue, account, change, now);
      yield;
    }
    const { sequence } = entries;
    for (const block of [...change.disconnected].reverse()) yield* this.#takeBack(change.body(block), change, now);
    trim(now);
    // Nothing else comes in while a change is followed.
    let returned = 0;
    if (entries.sequence > sequence)
      for (const entry of entries.byId.values()) returned += Number(entry.sequence >= sequence);
    return returned;
  }

  *#revalidate(queue: SenderQueue, account: Account, { reader }: NewTip, now: number): Steps<void> {
    const { entries, mined, drop } = this.#modules;
    entries.move(queue, account);
    for (const entry of [...queue.entries]) {
      const { id, nonce } = entry.transaction;
      if (nonce >= account.nonce) break;
      if (reader.isConfirmed(id)) mined(entry);
      // Another transaction of the same sender and nonce was mined.
      else drop({ entry, reason: { code: 'NONCE_TOO_LOW', expected: account.nonce, got: nonce } }, now);
      yield;
    }
    while (queue.outgoing > account.balance) {
      const last = queue.entries.at(-1)!;
      const required = cost(last.transaction);
      const rest = account.balance - (queue.outgoing - required);
      const reason: Rejection = { code: 'INSUFFICIENT_FUNDS', available: rest > 0n ? rest : 0n, required };
      drop({ entry: last, reason }, now);
    }
  }

  *#takeBack(transactions: readonly Transaction[], { reader }: NewTip, now: number): Steps<void> {
    const { entries, departures, add, returned } = this.#modules;
    let back: PendingTransaction[] = [];
    const announce = () => {
      const pending = back.filter(({ transaction }) => entries.byId.has(transaction.txid));
      if (pending.length > 0) returned.emit(pending);
      back = [];
    };
    // One that is skipped costs time, too, and so does reading a block.
    yield;
    for (const transaction of transactions) {
      yield;
      const account = reader.account(transaction.sender);
      const isUsed = transaction.nonce < account.nonce;
      if (isUsed && reader.isConfirmed(transaction.id)) continue;
      const reason = add(transaction, account, now, RETURNING);
      if (reason) departures.remember({ transaction, reason, at: now });
      else back.push({ transaction, since: now, missingNonce: undefined });
      if (back.length >= ANNOUNCED_AT_ONCE) announce();
    }
    announce();
  }
}
