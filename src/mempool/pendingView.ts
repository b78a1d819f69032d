import { toHex } from '../crypto/bytes.js';
import type { Rejection } from '../consensus/rejection.js';
import { checkTransactionAlone, type Transaction } from '../consensus/transaction.js';
import type { Account } from '../ledger/accounts.js';
import type { PageRequest } from '../util/pages.js';
import type { Entries } from './entries.js';
import { cost } from './entry.js';
import type { Place, PlacedTransaction } from './miningOrder.js';
import { mayReplace, type MempoolPolicy, MINIMUM_BYTES, NEW, replacementFee, Room, type Terms } from './policy.js';
import type { DroppedTransaction, PendingTransaction } from './ports.js';

/** What a view of pending transactions reads. */
export interface PendingModules {
  readonly entries: Entries;
  /** Those that left unmined, by hexadecimal id. */
  readonly dropped: { get(txid: string): DroppedTransaction | undefined };
}

/** Pending transactions as others read them, under every order that they are asked for in. */
export class PendingView {
  protected readonly policy: MempoolPolicy;
  protected readonly entries: Entries;
  protected readonly room: Room;
  readonly #dropped: PendingModules['dropped'];

  constructor(policy: MempoolPolicy, { entries, dropped }: PendingModules) {
    this.policy = policy;
    this.entries = entries;
    this.room = new Room(policy, entries);
    this.#dropped = dropped;
  }

  get size(): number {
    return this.entries.byId.size;
  }

  get bytes(): number {
    return this.entries.bytes;
  }

  get maxSize(): number {
    return this.policy.maxTransactions;
  }

  get maxBytes(): number {
    return this.policy.maxBytes;
  }

  get(id: Uint8Array): PendingTransaction | undefined {
    return this.named(toHex(id));
  }

  /** By hexadecimal id. */
  named(txid: string): PendingTransaction | undefined {
    const entry = this.entries.byId.get(txid);
    if (!entry) return undefined;
    const { nextNonce } = this.entries.queueOf(entry.transaction.senderHex)!;
    const missingNonce = entry.transaction.nonce > nextNonce ? nextNonce : undefined;
    return { transaction: entry.transaction, since: entry.since, missingNonce };
  }

  dropped(id: Uint8Array): DroppedTransaction | undefined {
    return this.#dropped.get(toHex(id));
  }

  /** A page of all transactions in mining order, those held back last. */
  page(request: PageRequest<Place>): PlacedTransaction[] {
    return this.entries.order.page(request);
  }

  bySender(sender: Uint8Array): readonly Transaction[] {
    return this.entries.queueOf(toHex(sender))?.entries.map((entry) => entry.transaction) ?? [];
  }

  outgoing(publicKey: Uint8Array): bigint {
    return this.entries.queueOf(toHex(publicKey))?.outgoing ?? 0n;
  }

  incoming(publicKey: Uint8Array): bigint {
    return this.entries.incoming(toHex(publicKey));
  }

  nextNonce(sender: Uint8Array): bigint | undefined {
    return this.entries.queueOf(toHex(sender))?.nextNonce;
  }

  /** Lowest fee that a transaction without a memo would be admitted with now. */
  minimumFee(): bigint {
    return this.room.minimumFee(MINIMUM_BYTES);
  }

  /** State on the chain of its sender, if that has pending ones: saves reading it. */
  account({ senderHex }: Pick<Transaction, 'senderHex'>): Account | undefined {
    return this.entries.queueOf(senderHex)?.account;
  }

  /** How far above the account's nonce a sender's transactions can reach at most. */
  get maxNoncesAhead(): bigint {
    return BigInt(this.policy.maxPerSender) + this.policy.maxNonceGap;
  }

  /** What is wrong with the transaction as of this account state, cheapest check first; undefined if `add` would take it. */
  check(transaction: Transaction, account: Account, terms: Terms = NEW): Rejection | undefined {
    return checkTransactionAlone(transaction) ?? this.checkOnState(transaction, account, terms);
  }

  /** The same without what needs no state. */
  protected checkOnState(
    transaction: Transaction,
    account: Account,
    { isNew, replaces }: Terms,
  ): Rejection | undefined {
    const { nonce, fee } = transaction;
    if (nonce < account.nonce) return { code: 'NONCE_TOO_LOW', expected: account.nonce, got: nonce };
    const queue = this.entries.queueOf(transaction.senderHex);
    const nextNonce = queue?.nextNonce ?? account.nonce;
    const maximum = nextNonce + this.policy.maxNonceGap;
    if (isNew && nonce > maximum) return { code: 'NONCE_TOO_HIGH', maximum, got: nonce };
    const replaced = queue?.at(nonce);
    if (replaced) {
      const minimumFee = replacementFee(replaced.transaction.fee);
      if (fee < minimumFee || !mayReplace(replaces, replaced.txid))
        return { code: 'NONCE_CONFLICT', nonce, minimumFee, pending: replaced.txid };
    } else if (replaces !== undefined && replaces !== 'any') {
      return { code: 'NOTHING_TO_REPLACE', replaces: toHex(replaces), nonce };
    } else if (isNew && queue && queue.entries.length >= this.policy.maxPerSender) {
      return { code: 'SENDER_LIMIT', maximum: this.policy.maxPerSender };
    }
    const committed = (queue?.outgoing ?? 0n) - (replaced ? cost(replaced.transaction) : 0n);
    const required = cost(transaction);
    if (account.balance - committed < required) {
      const available = account.balance > committed ? account.balance - committed : 0n;
      return { code: 'INSUFFICIENT_FUNDS', available, required };
    }
    if (fee < this.policy.minimumFee) return { code: 'FEE_TOO_LOW', minimum: this.policy.minimumFee, got: fee };
    return replaced ? undefined : this.room.check(transaction, nextNonce, isNew);
  }
}
