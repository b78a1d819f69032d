import type { Transaction } from '../consensus/transaction.js';
import type { Account } from '../ledger/accounts.js';
import { firstIndex } from '../util/sortedList.js';
import { byFeeRate, cost, type Entry } from './entry.js';
import { LiveOrder } from './liveOrder.js';
import { MiningOrder, type Placed } from './miningOrder.js';

/** Pending transactions of one sender, by nonce. */
export class SenderQueue {
  readonly entries: Entry[] = [];
  account: Account;
  /** Kept by Entries: what it last saw held back. */
  heldBack: readonly Entry[] = [];
  /** Kept by MiningOrder. */
  placed: readonly Placed[] = [];
  /** Sum of amount + fee of all entries. */
  outgoing = 0n;

  constructor(account: Account) {
    this.account = account;
  }

  /** How many entries can be mined one after another now; the rest are held back behind a missing nonce. */
  get readyCount(): number {
    const { nonce } = this.account;
    const { length } = this.entries;
    // Nonces are distinct and ascending, so after the first one out of place all are.
    if (length > 0 && this.entries[length - 1]!.transaction.nonce === nonce + BigInt(length - 1)) return length;
    return firstIndex(length, (i) => this.entries[i]!.transaction.nonce !== nonce + BigInt(i));
  }

  /** First nonce that neither the chain nor the entries that can be mined have used. */
  get nextNonce(): bigint {
    return this.account.nonce + BigInt(this.readyCount);
  }

  at(nonce: bigint): Entry | undefined {
    const entry = this.entries[this.#position(nonce)];
    return entry?.transaction.nonce === nonce ? entry : undefined;
  }

  /** Puts the entry in nonce order; the nonce must be free. */
  add(entry: Entry): void {
    const position = this.#position(entry.transaction.nonce);
    if (position === this.entries.length) this.entries.push(entry);
    else this.entries.splice(position, 0, entry);
    this.outgoing += cost(entry.transaction);
  }

  remove(entry: Entry): void {
    if (this.entries.at(-1) === entry) this.entries.pop();
    else this.entries.splice(this.entries.indexOf(entry), 1);
    this.outgoing -= cost(entry.transaction);
  }

  /** Index of the first entry with this nonce or a higher one. */
  #position(nonce: bigint): number {
    const last = this.entries.at(-1);
    // Nearly always it is the next one.
    if (!last || last.transaction.nonce < nonce) return this.entries.length;
    return firstIndex(this.entries.length, (i) => this.entries[i]!.transaction.nonce >= nonce);
  }
}

/** When a transaction was accepted. */
export interface Arrival {
  /** For people: milliseconds since 1970. */
  readonly since: number;
  /** For its age: on the clock that is never set. */
  readonly arrived: number;
}

/** Hears of each change of the entries, also of one that is taken back later. */
export interface EntriesWatcher {
  /** An entry of this id was put in or taken out. */
  touched(entry: Entry): void;
  /** A sender's state on the chain, as its queue has it, may be another. */
  moved(queue: SenderQueue): void;
}

/** Does what was attempted and taken back again; false, and nothing is done, if something else has changed meanwhile. */
export type Redo = () => boolean;

/** One change of an attempt. */
interface Step {
  readonly entry: Entry;
  /** Of its sender. */
  readonly account: Account;
  readonly isPut: boolean;
}

/** Changed queues that wait to be brought into order. */
const MAX_TOUCHED = 256;

/** The transactions of the mempool under every order that they are asked for in. No policy: what is put in is in. */
export class Entries {
  readonly byId = new Map<string, Entry>();
  readonly bySender = new Map<string, SenderQueue>();
  readonly #incoming = new Map<string, bigint>();
  readonly #byRate = new LiveOrder(this.byId, (a, b) => byFeeRate(b, a));
  readonly #byAge = new LiveOrder(this.byId, (a, b) => a.arrived - b.arrived);
  readonly #heldBack = new Set<Entry>();
  readonly #order = new MiningOrder();
  /** Queues that changed since the two were last brought up to date. */
  readonly #touched = new Set<SenderQueue>();
  /** Undefined while nobody follows the entries from elsewhere. */
  watcher: EntriesWatcher | undefined;
  #bytes = 0;
  #sequence = 0;
  /** Another one after each change, and the same again once it is taken back. */
  #revision = 0;
  /** Of the attempt under way, first change first. */
  #steps: Step[] | undefined;

  get bytes(): number {
    return this.#bytes;
  }

  /** How many were ever added: each entry has a sequence below it. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Those that wait for a missing nonce. */
  get heldBack(): ReadonlySet<Entry> {
    this.#settle();
    return this.#heldBack;
  }

  /** All of them in mining order. */
  get order(): MiningOrder {
    this.#settle();
    return this.#order;
  }

  /** The one with the lowest fee rate, held back or not. */
  get worst(): Entry | undefined {
    return this.#byRate.first();
  }

  get oldest(): Entry | undefined {
    return this.#byAge.first();
  }

  /** By the sender's key in hexadecimal, as `incoming`. */
  queueOf(sender: string): SenderQueue | undefined {
    return this.bySender.get(sender);
  }

  incoming(publicKey: string): bigint {
    return this.#incoming.get(publicKey) ?? 0n;
  }

  /** The sender must have nothing under this nonce. */
  add(transaction: Transaction, account: Account, arrival: Arrival): void {
    const { txid, fee, size } = transaction;
    const { since, arrived } = arrival;
    const entry = { transaction, txid, since, arrived, sequence: this.#sequence++, feeRate: Number(fee) / size };
    this.putBack(entry, account);
  }

  /** As add, for an entry that was removed. */
  putBack(entry: Entry, account: Account): void {
    this.#put(entry, account);
    if (this.#steps) this.#steps.push({ entry, account, isPut: true });
    else this.#settleMany();
  }

  remove(entry: Entry): void {
    const { account } = this.#take(entry);
    this.#steps?.push({ entry, account, isPut: false });
  }

  /** The sender's state on the chain is another. */
  move(queue: SenderQueue, account: Account): void {
    queue.account = account;
    this.#revision++;
    this.#touched.add(queue);
    this.watcher?.moved(queue);
  }

  /** Unless `work` returns true, everything that it added and removed is taken back, and what does it again is returned. */
  attempt(work: () => boolean): Redo | undefined {
    const steps: Step[] = [];
    const [revision, sequence] = [this.#revision, this.#sequence];
    this.#steps = steps;
    let stays = false;
    let lastSequence = sequence;
    try {
      stays = work();
    } finally {
      this.#steps = undefined;
      if (!stays) {
        for (const step of steps.toReversed()) this.#apply(step, !step.isPut);
        lastSequence = this.#sequence;
        [this.#revision, this.#sequence] = [revision, sequence];
      }
    }
    if (stays) {
      this.#settleMany();
      return undefined;
    }
    return () => {
      if (this.#revision !== revision) return false;
      for (const step of steps) this.#apply(step, step.isPut);
      this.#sequence = lastSequence;
      this.#settleMany();
      return true;
    };
  }

  /** What attempts were decided by is another: none that was taken back is done again. */
  outdateAttempts(): void {
    this.#revision++;
  }

  #apply({ entry, account }: Step, isPut: boolean): void {
    if (isPut) this.#put(entry, account);
    else this.#take(entry);
  }

  #put(entry: Entry, account: Account): void {
    const { transaction, txid } = entry;
    const sender = transaction.senderHex;
    let queue = this.bySender.get(sender);
    if (!queue) this.bySender.set(sender, (queue = new SenderQueue(account)));
    queue.add(entry);
    this.move(queue, account);
    this.byId.set(txid, entry);
    this.watcher?.touched(entry);
    this.#byRate.push(entry);
    this.#byAge.push(entry);
    this.#bytes += transaction.size;
    this.#receive(transaction.recipientHex, transaction.amount);
  }

  #take(entry: Entry): SenderQueue {
    const { transaction, txid } = entry;
    this.watcher?.touched(entry);
    const sender = transaction.senderHex;
    const queue = this.bySender.get(sender)!;
    queue.remove(this.byId.get(txid)!);
    this.#revision++;
    this.#touched.add(queue);
    if (queue.entries.length === 0) this.bySender.delete(sender);
    this.byId.delete(txid);
    this.#bytes -= transaction.size;
    this.#receive(transaction.recipientHex, -transaction.amount);
    return queue;
  }

  /** Now and then, so that the next reader does not do it for all that came. What leaves may be on its way to another account state. */
  #settleMany(): void {
    if (this.#touched.size >= MAX_TOUCHED) this.#settle();
  }

  #settle(): void {
    for (const queue of this.#touched) {
      for (const entry of queue.heldBack) this.#heldBack.delete(entry);
      queue.heldBack = queue.entries.slice(queue.readyCount);
      for (const entry of queue.heldBack) this.#heldBack.add(entry);
    }
    this.#order.update(this.#touched);
    this.#touched.clear();
  }

  #receive(recipient: string, amount: bigint): void {
    const incoming = (this.#incoming.get(recipient) ?? 0n) + amount;
    if (incoming > 0n) this.#incoming.set(recipient, incoming);
    else this.#incoming.delete(recipient);
  }
}
