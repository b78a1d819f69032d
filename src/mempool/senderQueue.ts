import type { Transaction } from '../consensus/transaction.js';
import type { Account } from '../ledger/accounts.js';

/** A transaction in the mempool. */
export interface Entry {
  readonly transaction: Transaction;
  /** Lower-case hexadecimal transaction id. */
  readonly txid: string;
  /** When this node first accepted it, for people: milliseconds since 1970. */
  readonly since: number;
  /** The same for its age: milliseconds on the clock that is never set. */
  readonly arrived: number;
  /** Arrival order: what breaks a tie between equal fee rates. */
  readonly sequence: number;
  /** Base units of fee a byte. */
  readonly feeRate: number;
}

/** Pending transactions of one sender, by nonce. */
export class SenderQueue {
  readonly entries: Entry[] = [];
  account: Account;
  /** Kept by Entries: what it last saw held back. */
  heldBack: readonly Entry[] = [];
  /** Sum of amount + fee of all entries. */
  outgoing = 0n;

  constructor(account: Account) {
    this.account = account;
  }

  /** How many entries can be mined one after another now; the rest are held back behind a missing nonce. */
  get readyCount(): number {
    // Nonces are distinct and ascending, so once one is not in its place none after it is.
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

/** First index from 0 to `length` for which the condition holds, if it holds for all after it; `length` if for none. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** What a transaction takes from its sender. */
export function cost(transaction: Transaction): bigint {
  return transaction.amount + transaction.fee;
}
