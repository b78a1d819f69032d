import { dirname } from 'node:path';
import { decodeTransaction, encodeTransaction, type Transaction } from '../consensus/transaction.js';
import { equalBytes, fromHex, toHex } from '../crypto/bytes.js';
import { syncFolder } from '../storage/syncFolder.js';
import { createSecretFile, readSecretFile } from '../wallet/secretFile.js';
import { Failure } from './failure.js';
import type { Payment } from './sendPayments.js';

/** What all payments of a file have in common. */
export interface BatchTerms {
  readonly chainId: Uint8Array;
  readonly sender: Uint8Array;
  /** Base units, for each payment. */
  readonly fee: bigint;
}

/**
 * The signed transactions of a file of payments, beside it in `<file>.journal`. They are on disk before the first of them is sent, and the
 * file is never changed: a signature is good once, so whoever sends the same bytes again pays nobody twice.
 */
export class SendJournal {
  readonly #path: string;
  readonly #terms: BatchTerms;

  constructor(path: string, terms: BatchTerms) {
    this.#path = path;
    this.#terms = terms;
  }

  /** What was signed for these payments in an earlier run; undefined if nothing was. Throws Failure if it was for something else. */
  async read(payments: readonly Payment[]): Promise<Transaction[] | undefined> {
    const text = await readSecretFile(this.#path);
    if (text === undefined) return undefined;
    const transactions = this.#decode(text);
    if (transactions.length !== payments.length) {
      throw this.#foreign(`${transactions.length} payments`, `${payments.length}`);
    }
    for (const [index, payment] of payments.entries()) this.#compare(transactions[index]!, payment);
    return transactions;
  }

  /** Puts them on disk; false, and nothing, if another run did so first. */
  async write(transactions: readonly Transaction[]): Promise<boolean> {
    const payments = transactions.map((transaction) => toHex(encodeTransaction(transaction)));
    const journal: JournalFile = { version: 1, chainId: toHex(this.#terms.chainId), payments };
    const created = await createSecretFile(this.#path, `${JSON.stringify(journal)}\n`);
    syncFolder(dirname(this.#path));
    return created;
  }

  #decode(text: string): Transaction[] {
    const { chainId } = this.#terms;
    let journal: JournalFile;
    try {
      journal = JSON.parse(text) as JournalFile;
      if (journal.chainId !== toHex(chainId)) throw this.#foreign(`chain ${toHex(chainId)}`, journal.chainId);
      return journal.payments.map((payment) => decodeTransaction(chainId, fromHex(payment)));
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure(`${this.#path}: expected the journal of a batch, got: ${(error as Error).message}`);
    }
  }

  #compare(transaction: Transaction, { line, recipient, amount, memo }: Payment): void {
    const { sender, fee } = this.#terms;
    if (!equalBytes(transaction.sender, sender)) throw this.#foreign('the key that signed them', 'another');
    if (transaction.fee !== fee) throw this.#foreign(`a fee of ${transaction.fee} base units`, `${fee}`);
    const same =
      equalBytes(transaction.recipient, recipient.publicKey) &&
      transaction.amount === amount &&
      transaction.memo === memo;
    if (!same) throw this.#foreign('the payments that were signed', `another line ${line}`);
  }

  #foreign(expected: string, got: string): Failure {
    return new Failure(
      `${this.#path}: expected ${expected}, got ${got}; what it holds may have been sent: put new payments into a new file`,
    );
  }
}

interface JournalFile {
  readonly version: 1;
  /** Hexadecimal. */
  readonly chainId: string;
  /** Encoded transactions (docs/protocol.md), in the order of the lines and of their nonces. */
  readonly payments: readonly string[];
}
