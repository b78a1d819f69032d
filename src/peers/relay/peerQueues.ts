import type { Block } from '../../consensus/block.js';
import { MAX_BATCH_TRANSACTIONS } from '../../consensus/protocol.js';
import type { Transaction } from '../../consensus/transaction.js';
import type { Interest, Outcome } from '../client/wire.js';
import type { PeerState } from '../peerState.js';
import type { Clock } from '../ports.js';
import { Outbox, type Parcel } from './outbox.js';

export const MAX_QUEUED_TRANSACTIONS = 10_000;
const MAX_QUEUED_BLOCKS = 16;
/** After which a peer is told once more of a transaction that another one was to bring it. */
const AGAIN_MS = 1_000;
/** Times that it is told of one; then it comes with what is pending, after a greeting. */
const MAX_TIMES = 5;

/** What a message to a peer has in it. */
export type Content = 'transactions' | 'ids' | 'block';

export interface PeerQueuesModules {
  /** Sends a message, and reports how that went. */
  readonly send: <Result>(content: Content, items: readonly object[], send: () => Promise<Result>) => Promise<Result>;
  /** The end of a transaction or block on its way to the peer; `result` as an outbox has it. */
  readonly settled: (what: 'transaction' | 'block', id: string, result: Outcome | Error | undefined) => void;
  readonly clock: Clock;
}

/** What is on its way to one peer: blocks, transactions as a whole, and ids of transactions, which follow only if the peer wants them. */
export class PeerQueues {
  /** Hexadecimal hash of the tip that the peer was last seen to share. */
  sharedTip: string | undefined;
  readonly transactions: Outbox<Transaction, Outcome>;
  readonly blocks: Outbox<Block, Outcome>;
  readonly #ids: Outbox<Transaction, Interest>;
  readonly #modules: PeerQueuesModules;
  /** Transactions that the peer is to be told of again. */
  readonly #again: Parcel<Transaction>[] = [];
  /** How often it was, by hexadecimal id. */
  readonly #times = new Map<string, number>();
  #pause: AbortController | undefined;

  constructor({ client }: Pick<PeerState, 'client'>, modules: PeerQueuesModules) {
    const { send, settled } = modules;
    this.#modules = modules;
    this.transactions = new Outbox({
      batch: MAX_BATCH_TRANSACTIONS,
      capacity: MAX_QUEUED_TRANSACTIONS,
      send: (items) => send('transactions', items, () => client.sendTransactions(items)),
      settled: ({ id }, result) => settled('transaction', id, result),
    });
    this.blocks = new Outbox({
      batch: 1,
      capacity: MAX_QUEUED_BLOCKS,
      send: (items) => send('block', items, async () => [await client.sendBlock(items[0]!)]),
      settled: ({ id }, result) => settled('block', id, result),
    });
    this.#ids = new Outbox({
      batch: MAX_BATCH_TRANSACTIONS,
      capacity: MAX_QUEUED_TRANSACTIONS,
      send: (items) => send('ids', items, () => client.announceTransactions(items.map(({ id }) => id))),
      settled: (parcel, result) => this.#told(parcel, result),
    });
  }

  /** Messages that wait. */
  get size(): number {
    return this.transactions.size + this.blocks.size + this.#ids.size;
  }

  get dropped(): number {
    return this.transactions.dropped + this.blocks.dropped + this.#ids.dropped;
  }

  /** Whether the peer has the transaction, is being sent it, or is told of it. */
  knows(id: string): boolean {
    return this.transactions.knows(id) || this.#ids.knows(id);
  }

  /** Sends a transaction. False if the peer has it or it is on its way. */
  push(parcel: Parcel<Transaction>): boolean {
    return !this.#ids.knows(parcel.id) && this.transactions.push(parcel);
  }

  /** Tells the peer of a transaction, which follows if it is wanted. False if the peer has it or it is on its way. */
  tell(parcel: Parcel<Transaction>): boolean {
    return !this.transactions.knows(parcel.id) && this.#ids.push(parcel);
  }

  /** Whether a transaction that is told of would push out another. */
  get isFull(): boolean {
    return this.#ids.size === MAX_QUEUED_TRANSACTIONS || this.transactions.size === MAX_QUEUED_TRANSACTIONS;
  }

  /** Gives up what waits, for this reason; it can be sent again. */
  giveUp(reason: Error): void {
    this.transactions.giveUp(reason);
    this.blocks.giveUp(reason);
    this.#ids.giveUp(reason);
    this.#forget(reason);
  }

  /** Gives up what waits, and takes nothing more. */
  close(): void {
    this.transactions.close();
    this.blocks.close();
    this.#ids.close();
    this.#forget(undefined);
  }

  #told(parcel: Parcel<Transaction>, interest: Interest | Error | undefined): void {
    const { id } = parcel;
    const times = (this.#times.get(id) ?? 0) + 1;
    if (interest === 'later' && times < MAX_TIMES) {
      this.#times.set(id, times);
      this.#again.push(parcel);
      if (!this.#pause) void this.#tellAgain((this.#pause = new AbortController()));
      return;
    }
    this.#times.delete(id);
    this.#ids.forget(id);
    if (interest === 'known') this.transactions.acknowledge(id);
    if (interest === 'wanted' && this.transactions.push(parcel)) return;
    this.#end(id, interest instanceof Error ? interest : undefined);
  }

  /** All that wait for it are told of together. */
  async #tellAgain(pause: AbortController): Promise<void> {
    await this.#modules.clock.sleep(AGAIN_MS, pause.signal);
    if (pause.signal.aborted) return;
    this.#pause = undefined;
    for (const parcel of this.#again.splice(0)) {
      this.#ids.forget(parcel.id);
      if (!this.tell(parcel)) this.#end(parcel.id, undefined);
    }
  }

  #forget(reason: Error | undefined): void {
    this.#pause?.abort();
    this.#pause = undefined;
    for (const { id } of this.#again.splice(0)) {
      this.#ids.forget(id);
      this.#end(id, reason);
    }
  }

  /** The peer is told no more: it has the transaction, or may have it from elsewhere. */
  #end(id: string, reason: Error | undefined): void {
    this.#times.delete(id);
    const isKnown = this.transactions.knows(id);
    this.#modules.settled('transaction', id, isKnown ? { alreadyKnown: true } : reason);
  }
}
