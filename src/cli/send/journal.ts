import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatCoins } from '../../consensus/coins.js';
import { decodeTransaction, type Transaction } from '../../consensus/transaction.js';
import { equalBytes, fromHex, toHex } from '../../crypto/bytes.js';
import { createSecretFile, readSecretFile } from '../../wallet/secretFile.js';
import { Failure, inWords } from '../failure.js';
import { type Elsewhere, type Payment, termsOf } from './payments.js';

/** The terms that all payments of a file have in common. */
export interface BatchTerms {
  readonly chainId: Uint8Array;
  readonly sender: Uint8Array;
  /** Base units, for each payment; undefined: the one that was signed. */
  readonly fee: bigint | undefined;
}

/**
 * The signed transactions of a file of payments, beside it in `<file>.journal`. They are on disk before the first of them is sent, and the
 * file is never changed: a signature is good once, so the same bytes, sent again, pay nobody twice.
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
    const text = await readSecretFile(this.#path).catch((error: unknown) => {
      const { message } = error as Error;
      throw new Failure(message.includes(this.#path) ? message : `${this.#path}: ${message}`);
    });
    if (text === undefined) return undefined;
    const transactions = this.#decode(text);
    if (transactions.length !== payments.length) {
      throw this.#foreign(`${transactions.length} payments`, `${payments.length}`);
    }
    for (const [index, payment] of payments.entries()) this.#compare(transactions[index]!, payment);
    return transactions;
  }

  /** Puts them on disk; false, and nothing, if another run did so first. Throws Failure. */
  async write(transactions: readonly Transaction[]): Promise<boolean> {
    const payments = transactions.map((transaction) => toHex(transaction.encoded));
    const journal: JournalFile = { version: 1, chainId: toHex(this.#terms.chainId), payments };
    try {
      return await createSecretFile(this.#path, `${JSON.stringify(journal)}\n`);
    } catch (error) {
      throw new Failure(
        `${this.#path}: expected to keep here what is signed, got: ${inWords(error)}; nothing was sent`,
      );
    }
  }

  /** The other journals of the folder that hold some of these payments, signed by the same account on the same chain. */
  async elsewhere(payments: readonly Payment[]): Promise<Elsewhere[]> {
    const folder = dirname(this.#path);
    const found: Elsewhere[] = [];
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const journal = join(folder, entry.name);
      if (!entry.name.endsWith('.journal') || entry.isDirectory() || journal === this.#path) continue;
      const held = new Map<string, number>();
      for (const { sender, recipient, amount, memo } of await this.#neighbour(journal)) {
        if (!equalBytes(sender, this.#terms.sender)) continue;
        const key = termsOf(recipient, amount, memo);
        held.set(key, (held.get(key) ?? 0) + 1);
      }
      let lines = 0;
      for (const { recipient, amount, memo } of payments) {
        const key = termsOf(recipient.publicKey, amount, memo);
        const left = held.get(key) ?? 0;
        if (left > 0) lines++;
        held.set(key, left - 1);
      }
      if (lines > 0) found.push({ journal, lines });
    }
    return found;
  }

  /** The transactions of this chain in another journal. Throws Failure for a journal that cannot be read. */
  async #neighbour(path: string): Promise<Transaction[]> {
    const { chainId } = this.#terms;
    try {
      // Other programs have journals, too.
      const file = asJournal(await readFile(path, 'utf8'));
      if (file?.chainId !== toHex(chainId)) return [];
      return file.payments.map((payment) => decodeTransaction(chainId, fromHex(payment)));
    } catch (error) {
      throw new Failure(
        `${path}: expected a journal beside the file of payments that can be read, got: ${inWords(error)}; nothing was sent`,
      );
    }
  }

  #decode(text: string): Transaction[] {
    const { chainId } = this.#terms;
    const journal = asJournal(text);
    if (!journal) throw this.#damaged('something else');
    if (journal.chainId !== toHex(chainId)) throw this.#foreign(`chain ${toHex(chainId)}`, journal.chainId);
    try {
      return journal.payments.map((payment) => decodeTransaction(chainId, fromHex(payment)));
    } catch (error) {
      throw this.#damaged((error as Error).message);
    }
  }

  #compare(transaction: Transaction, { line, recipient, amount, memo }: Payment): void {
    const { sender, fee } = this.#terms;
    if (!equalBytes(transaction.sender, sender)) throw this.#foreign('the key that signed them', 'another');
    if (fee !== undefined && transaction.fee !== fee) {
      const signed = formatCoins(transaction.fee);
      throw new Failure(
        `${this.#path}: expected the fee of ${signed} coins that was signed, got ${formatCoins(fee)}: leave --fee out, or give --fee ${signed}`,
      );
    }
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

  #damaged(got: string): Failure {
    return new Failure(`${this.#path}: expected the journal of a batch, got: ${got}; what it held may have been sent`);
  }
}

interface JournalFile {
  readonly version: 1;
  /** Hexadecimal. */
  readonly chainId: string;
  /** Encoded transactions (docs/protocol.md), in the order of the lines and of their nonces. */
  readonly payments: readonly string[];
}

/** The text as a journal; undefined if it is something else. */
function asJournal(text: string): JournalFile | undefined {
  let file: Partial<JournalFile> | null;
  try {
    file = JSON.parse(text) as typeof file;
  } catch {
    return undefined;
  }
  const { chainId, payments } = file ?? {};
  const isJournal =
    typeof chainId === 'string' &&
    Array.isArray(payments) &&
    payments.every((payment) => typeof payment === 'string' && /^([0-9a-f]{2})*$/.test(payment));
  return isJournal ? (file as JournalFile) : undefined;
}
