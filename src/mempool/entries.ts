import type { Transaction } from '../consensus/transaction.js';
import type { Account } from '../ledger/accounts.js';
import { toHex } from '../crypto/bytes.js';
import TinyQueue from 'tinyqueue';
import { firstIndex } from '../util/sortedList.js';
import { byFeeRate, cost, type Entry } from './entry.js';
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
    // Nonces are distinct and ascending, so after the first one out of place all are.
    const { nonce } = this.account;
    return firstIndex(this.entries.length, (i) => this.entries[i]!.transaction.nonce !== nonce + BigInt(i));
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
    this.entries.splice(this.#position(entry.transaction.nonce), 0, entry);
    this.outgoing += cost(entry.transaction);
  }

  remove(entry: Entry): void {
    this.entries.splice(this.entries.indexOf(entry), 1);
    this.outgoing -= cost(entry.transaction);
  }

  /** Index of the first entry with this nonce or a higher one. */
  #position(nonce: bigint): number {
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
  /** What takes back each change of the attempt under way, first change first. */
  #undo: (() => void)[] | undefined;

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

  queueOf(sender: Uint8Array): SenderQueue | undefined {
    return this.bySender.get(toHex(sender));
  }

  incoming(publicKey: Uint8Array): bigint {
    return this.#incoming.get(toHex(publicKey)) ?? 0n;
  }

  /** The sender must have nothing under this nonce. */
  add(transaction: Transaction, account: Account, arrival: Arrival): void {
    const txid = toHex(transaction.id);
    const feeRate = Number(transaction.fee) / transaction.size;
    this.putBack({ transaction, txid, ...arrival, sequence: this.#sequence++, feeRate }, account);
  }

  /** As add, for an entry that was removed. */
  putBack(entry: Entry, account: Account): void {
    this.#put(entry, account);
    this.#undo?.push(() => void this.#take(entry));
    // Now and then, so that the next reader does not do it for all that came. What leaves may be on its way to another account state.
    if (this.#touched.size >= MAX_TOUCHED) this.#settle();
  }

  remove(entry: Entry): void {
    const { account } = this.#take(entry);
    this.#undo?.push(() => this.#put(entry, account));
  }

  /** The sender's state on the chain is another. */
  move(queue: SenderQueue, account: Account): void {
    queue.account = account;
    this.#touched.add(queue);
    this.watcher?.moved(queue);
  }

  /** What `work` returns: unless it is true, everything that it added and removed is taken back. */
  attempt(work: () => boolean): boolean {
    const undo: (() => void)[] = [];
    const sequence = this.#sequence;
    this.#undo = undo;
    let stays = false;
    try {
      stays = work();
    } finally {
      this.#undo = undefined;
      if (!stays) {
        for (const takeBack of undo.reverse()) takeBack();
        this.#sequence = sequence;
      }
    }
    return stays;
  }

  #put(entry: Entry, account: Account): void {
    const { transaction, txid } = entry;
    const sender = toHex(transaction.sender);
    let queue = this.bySender.get(sender);
    if (!queue) this.bySender.set(sender, (queue = new SenderQueue(account)));
    queue.add(entry);
    this.move(queue, account);
    this.byId.set(txid, entry);
    this.watcher?.touched(entry);
    this.#byRate.push(entry);
    this.#byAge.push(entry);
    this.#bytes += transaction.size;
    this.#receive(transaction.recipient, transaction.amount);
  }

  #take(entry: Entry): SenderQueue {
    const { transaction, txid } = entry;
    this.watcher?.touched(entry);
    const sender = toHex(transaction.sender);
    const queue = this.bySender.get(sender)!;
    queue.remove(this.byId.get(txid)!);
    this.#touched.add(queue);
    if (queue.entries.length === 0) this.bySender.delete(sender);
    this.byId.delete(txid);
    this.#bytes -= transaction.size;
    this.#receive(transaction.recipient, -transaction.amount);
    return queue;
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

  #receive(recipient: Uint8Array, amount: bigint): void {
    const key = toHex(recipient);
    const incoming = (this.#incoming.get(key) ?? 0n) + amount;
    if (incoming > 0n) this.#incoming.set(key, incoming);
    else this.#incoming.delete(key);
  }
}

/** Finds the first entry of an order. Entries that left the mempool are skipped lazily and cleared out when they are the most. */
export class LiveOrder {
  readonly #live: ReadonlyMap<string, Entry>;
  readonly #compare: (a: Entry, b: Entry) => number;
  #heap: TinyQueue<Entry>;

  /** `live` holds the entries of the mempool by transaction id. */
  constructor(live: ReadonlyMap<string, Entry>, compare: (a: Entry, b: Entry) => number) {
    this.#live = live;
    this.#compare = compare;
    this.#heap = new TinyQueue([], compare);
  }

  /** Also for an entry that is back: one that is there twice does no harm. */
  push(entry: Entry): void {
    this.#heap.push(entry);
    if (this.#heap.length > 2 * this.#live.size + SLACK) {
      this.#heap = new TinyQueue([...this.#live.values()], this.#compare);
    }
  }

  first(): Entry | undefined {
    for (let entry = this.#heap.peek(); entry; entry = this.#heap.peek()) {
      if (this.#live.get(entry.txid) === entry) return entry;
      this.#heap.pop();
    }
    return undefined;
  }
}

const SLACK = 1_024;
