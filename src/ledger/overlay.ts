import { toHex } from '../crypto/bytes.js';
import type { Account, AccountChange, AccountReader } from './account.js';

/** Accounts that were written on top of a reader, and nothing of the reader's own: a change set that can be dropped. */
export class Overlay implements AccountReader {
  readonly #base: AccountReader;
  readonly #written = new Map<string, AccountChange>();

  constructor(base: AccountReader) {
    this.#base = base;
  }

  account(publicKey: Uint8Array): Account {
    return this.#written.get(toHex(publicKey))?.account ?? this.#base.account(publicKey);
  }

  set(publicKey: Uint8Array, account: Account): void {
    this.#written.set(toHex(publicKey), { publicKey, account });
  }

  /** Every account written, with its last state. */
  changes(): readonly AccountChange[] {
    return [...this.#written.values()];
  }
}
