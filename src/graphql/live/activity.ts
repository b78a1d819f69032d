import type { TipChange } from '../../chain/outcome.js';
import type { Transaction } from '../../consensus/transaction.js';
import { equalBytes, toHex } from '../../crypto/bytes.js';
import type { ChangedPeer } from '../types/node.js';
import { Event } from '../../util/event.js';

const SHARE_MS = 10;

export type NewTip = Pick<TipChange, 'accounts' | 'reorganization'>;

/**
 * What happens in the node, sorted for subscribers by what they follow. Listeners are called in the middle of a change: they
 * may note that something happened, and read what it is later.
 */
export class Activity {
  readonly tipChanged = new Event<NewTip>();
  readonly peerChanged = new Event<ChangedPeer>();
  /** A transaction entered the mempool. */
  readonly added = new Event<Transaction>();
  /** The same, by sender and by recipient. */
  readonly addedTo = new KeyedEvent<Transaction>();
  /** Something about an account, by public key, or a transaction, by id, may be different now. */
  readonly touched = new KeyedEvent<undefined>();
  /** Decides which event is answered next. */
  readonly turns = new Turns();

  /** The best chain has a new tip. */
  changeTip(change: NewTip): void {
    for (const { publicKey } of change.accounts) this.touched.emit(publicKey, undefined);
    this.tipChanged.emit(change);
  }

  /** Transactions entered the mempool: new ones that are on disk, or those of a disconnected block. */
  enter(transactions: readonly Transaction[]): void {
    this.touch(transactions);
    for (const transaction of transactions) {
      const { sender, recipient } = transaction;
      this.added.emit(transaction);
      this.addedTo.emit(sender, transaction);
      if (!equalBytes(sender, recipient)) this.addedTo.emit(recipient, transaction);
    }
  }

  /** Transactions entered or left the mempool. */
  touch(transactions: readonly Transaction[]): void {
    for (const { id, sender, recipient } of transactions) {
      for (const key of [id, sender, recipient]) this.touched.emit(key, undefined);
    }
  }
}

/** A typed event about something with a key. Only listeners of that key are called; the others cost nothing. */
export class KeyedEvent<Payload> {
  readonly #listeners = new Map<string, Set<(payload: Payload) => void>>();

  /** Adds a listener; the function returned removes it. */
  on(key: Uint8Array, listener: (payload: Payload) => void): () => void {
    const name = toHex(key);
    let listeners = this.#listeners.get(name);
    if (!listeners) this.#listeners.set(name, (listeners = new Set()));
    const own = listeners.add(listener);
    return () => {
      own.delete(listener);
      if (own.size === 0) this.#listeners.delete(name);
    };
  }

  /** Calls every listener of the key, in the order they were added. */
  emit(key: Uint8Array, payload: Payload): void {
    if (this.#listeners.size === 0) return;
    for (const listener of this.#listeners.get(toHex(key)) ?? []) listener(payload);
  }
}

/**
 * Shares the event loop: one event of all subscriptions is answered at a time, and after SHARE_MS of them everybody else has a
 * turn. Without it, a thousand subscribers of one block would hold up every request until the last of them is served.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #since = 0;

  /** Resolves when it is the caller's turn; the function returned ends it and must be called. */
  async begin(): Promise<() => void> {
    const previous = this.#last;
    let end!: () => void;
    this.#last = new Promise((resolve) => (end = resolve));
    await previous;
    if (performance.now() - this.#since > SHARE_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#since = performance.now();
    }
    return end;
  }
}
