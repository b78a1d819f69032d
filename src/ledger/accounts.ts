import { toHex } from '../crypto/bytes.js';

/** State of an account. One never written is EMPTY_ACCOUNT: there is no difference between absent and empty. */
export interface Account {
  /** Base units. */
  readonly balance: bigint;
  /** Next nonce. */
  readonly nonce: bigint;
}

export interface AccountReader {
  /** State of the account, EMPTY_ACCOUNT if it never had any. */
  account(publicKey: Uint8Array): Account;
}

/** An account and the state it was given. */
export interface AccountChange {
  readonly publicKey: Uint8Array;
  readonly account: Account;
}

export const EMPTY_ACCOUNT: Account = { balance: 0n, nonce: 0n };

/** Accounts that were written on top of a reader, and nothing of the reader's own: a change set that can be dropped. */
export class Overlay implements AccountReader {
  readonly #base: AccountReader;
  /** What was read of the base, which stands still as long as this is used. */
  readonly #before = new Map<string, Account>();
  readonly #written = new Map<string, AccountChange>();

  constructor(base: AccountReader) {
    this.#base = base;
  }

  account(publicKey: Uint8Array): Account {
    const key = toHex(publicKey);
    return this.#written.get(key)?.account ?? this.#baseAccount(key, publicKey);
  }

  /** State that the base gives the account. */
  before(publicKey: Uint8Array): Account {
    return this.#baseAccount(toHex(publicKey), publicKey);
  }

  set(publicKey: Uint8Array, account: Account): void {
    this.#written.set(toHex(publicKey), { publicKey, account });
  }

  /** Sum of all balances less that of the base, base units. */
  get balanceChange(): bigint {
    let change = 0n;
    for (const [key, { publicKey, account }] of this.#written) {
      change += account.balance - this.#baseAccount(key, publicKey).balance;
    }
    return change;
  }

  /** Every account written, with its last state. */
  changes(): readonly AccountChange[] {
    return [...this.#written.values()];
  }

  #baseAccount(key: string, publicKey: Uint8Array): Account {
    let account = this.#before.get(key);
    if (!account) {
      account = this.#base.account(publicKey);
      this.#before.set(key, account);
    }
    return account;
  }
}
