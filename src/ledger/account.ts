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
