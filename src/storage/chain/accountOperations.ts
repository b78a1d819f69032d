import { toHex } from '../../crypto/bytes.js';
import { EMPTY_ACCOUNT, type Account } from '../../ledger/account.js';
import type { Operation } from '../lmdb/database.js';
import { numberKey, richestKey } from '../keys.js';
import type { LmdbChainSnapshot } from './chainSnapshot.js';
import { encodeAccount, encodeNumber, type AccountRecord, type StateRecord } from '../records.js';

/** The accounts that one commit touches: what they were, what they become, and the writes that follow from it. */
export class AccountOperations {
  readonly #snapshot: LmdbChainSnapshot;
  readonly #touched = new Map<string, TouchedAccount>();
  #nextNumber: number;

  constructor(snapshot: LmdbChainSnapshot) {
    this.#snapshot = snapshot;
    this.#nextNumber = snapshot.state.nextNumber;
  }

  set(publicKey: Uint8Array, account: Account): void {
    this.#touch(publicKey).account = account;
  }

  /** Counts a transaction of the best chain in (1) or out (-1) of the account's history; returns the account's number. */
  countHistory(publicKey: Uint8Array, difference: 1 | -1): number {
    const touched = this.#touch(publicKey);
    touched.historyCount += difference;
    return touched.number;
  }

  /** Number of the account: the one it has, or the next that is free. */
  numberOf(publicKey: Uint8Array): number {
    return this.#touch(publicKey).number;
  }

  /** The writes, and the counters of the state record after them. */
  finish(): Pick<StateRecord, 'nextNumber' | 'accountCount' | 'totalBalance'> & { readonly operations: Operation[] } {
    const operations: Operation[] = [];
    let { accountCount, totalBalance } = this.#snapshot.state;
    for (const { number, before, publicKey, account, historyCount } of this.#touched.values()) {
      if (!before) operations.push({ table: 'accountNumbers', key: publicKey, value: encodeNumber(number) });
      const value = encodeAccount({ publicKey, account, historyCount });
      operations.push({ table: 'accounts', key: numberKey(number), value });
      const old = before?.account ?? EMPTY_ACCOUNT;
      const [wasListed, isListed] = [isFunded(old), isFunded(account)];
      accountCount += Number(isListed) - Number(wasListed);
      totalBalance += account.balance - old.balance;
      if (wasListed === isListed && old.balance === account.balance) continue;
      if (wasListed) operations.push({ table: 'richest', key: richestKey({ balance: old.balance, number }) });
      if (isListed) {
        operations.push({ table: 'richest', key: richestKey({ balance: account.balance, number }), value: NOTHING });
      }
    }
    return { operations, nextNumber: this.#nextNumber, accountCount, totalBalance };
  }

  #touch(publicKey: Uint8Array): TouchedAccount {
    const text = toHex(publicKey);
    let touched = this.#touched.get(text);
    if (!touched) {
      const known = this.#snapshot.knownAccount(publicKey);
      const before = known?.record;
      touched = {
        number: known?.number ?? this.#nextNumber++,
        before,
        publicKey,
        account: before?.account ?? EMPTY_ACCOUNT,
        historyCount: before?.historyCount ?? 0,
      };
      this.#touched.set(text, touched);
    }
    return touched;
  }
}

interface TouchedAccount {
  readonly number: number;
  /** Undefined for an account that is seen for the first time. */
  readonly before: AccountRecord | undefined;
  readonly publicKey: Uint8Array;
  account: Account;
  historyCount: number;
}

/** Value of a table whose keys say it all. */
export const NOTHING = new Uint8Array(0);

function isFunded({ balance, nonce }: Account): boolean {
  return balance > 0n || nonce > 0n;
}
