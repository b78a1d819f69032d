import { toHex } from '../crypto/bytes.js';
import type { Transaction } from '../consensus/transaction.js';
import type { Account } from '../ledger/accounts.js';
import { byFeeRate, LiveOrder } from './order.js';
import { SenderQueue, type Entry } from './senderQueue.js';

/** When a transaction was accepted. */
export interface Arrival {
  /** For people: milliseconds since 1970. */
  readonly since: number;
  /** For its age: on the clock that is never set. */
  readonly arrived: number;
}

/** The transactions of the mempool under every order that they are asked for in. No policy: what is put in is in. */
export class Entries {
  readonly byId = new Map<string, Entry>();
  readonly bySender = new Map<string, SenderQueue>();
  readonly #incoming = new Map<string, bigint>();
  readonly #byRate = new LiveOrder(this.byId, (a, b) => byFeeRate(b, a));
  readonly #byAge = new LiveOrder(this.byId, (a, b) => a.arrived - b.arrived);
  readonly #heldBack = new Set<Entry>();
  /** Queues that changed since the held-back ones were last told from the others. */
  readonly #touched = new Set<SenderQueue>();
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
    for (const queue of this.#touched) {
      for (const entry of queue.heldBack) this.#heldBack.delete(entry);
      queue.heldBack = queue.entries.slice(queue.readyCount);
      for (const entry of queue.heldBack) this.#heldBack.add(entry);
    }
    this.#touched.clear();
    return this.#heldBack;
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
  }

  remove(entry: Entry): void {
    const { account } = this.#take(entry);
    this.#undo?.push(() => this.#put(entry, account));
  }

  /** The sender's state on the chain is another. */
  move(queue: SenderQueue, account: Account): void {
    queue.account = account;
    this.#touched.add(queue);
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
    this.#byRate.push(entry);
    this.#byAge.push(entry);
    this.#bytes += transaction.size;
    this.#receive(transaction.recipient, transaction.amount);
  }

  #take({ transaction, txid }: Entry): SenderQueue {
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

  #receive(recipient: Uint8Array, amount: bigint): void {
    const key = toHex(recipient);
    const incoming = (this.#incoming.get(key) ?? 0n) + amount;
    if (incoming > 0n) this.#incoming.set(key, incoming);
    else this.#incoming.delete(key);
  }
}
