import { readFile } from 'node:fs/promises';
import { AccountDocument } from '../client/operations.js';
import { createTransaction, signingPayload, type Transaction } from '../consensus/transaction.js';
import { encodeAddress } from '../crypto/address.js';
import { fromHex } from '../crypto/bytes.js';
import { sign, type KeyPair } from '../crypto/ed25519.js';
import { formatCoins } from '../client/coins.js';
import { Failure } from './failure.js';
import type { Ask } from './nodeClient.js';
import { Progress } from './progress.js';
import { deliver, type PaymentResult } from './sendDelivery.js';
import { SendJournal, type BatchTerms } from './sendJournal.js';
import { parsePayments, type Payment } from './sendPayments.js';

export interface BatchOptions {
  /** CSV file of payments. */
  readonly path: string;
  readonly keyPair: KeyPair;
  /** Base units, for each payment. */
  readonly fee: bigint;
}

/**
 * Pays every line of a file, each once, and resolves when all are in blocks. Everything is signed and on disk before anything is sent; a
 * run that was cut off goes on with the same signatures. Throws Failure; run again, it goes on.
 */
export async function sendBatch({ path, keyPair, fee }: BatchOptions, ask: Ask): Promise<PaymentResult[]> {
  const payments = parsePayments(await readText(path), path);
  const sender = encodeAddress(payments[0]!.recipient.prefix, keyPair.publicKey);
  const { chain, balance } = await ask(AccountDocument, { address: sender });
  const terms: BatchTerms = { chainId: fromHex(chain.id), sender: keyPair.publicKey, fee };
  const journal = new SendJournal(`${path}.journal`, terms);
  let transactions = await journal.read(payments);
  if (!transactions) {
    const required = payments.reduce((sum, { amount }) => sum + amount + fee, 0n);
    if (required > BigInt(balance.available)) {
      const available = formatCoins(BigInt(balance.available));
      throw new Failure(
        `${path}: expected ${formatCoins(required)} coins available, got ${available}; nothing was sent`,
      );
    }
    transactions = signAll(payments, BigInt(balance.nextNonce), terms, keyPair);
    if (!(await journal.write(transactions))) transactions = (await journal.read(payments))!;
  }
  const signed = payments.map((payment, index) => ({ ...payment, transaction: transactions[index]! }));
  return deliver(signed, sender, ask);
}

function signAll(
  payments: readonly Payment[],
  nextNonce: bigint,
  { chainId, sender, fee }: BatchTerms,
  keyPair: KeyPair,
): Transaction[] {
  const progress = new Progress('sign', payments.length, 0, 'payments');
  const transactions = payments.map(({ recipient, amount, memo }, index) => {
    const nonce = nextNonce + BigInt(index);
    const unsigned = { sender, recipient: recipient.publicKey, amount, fee, nonce, memo };
    progress.update(index + 1);
    return createTransaction(chainId, unsigned, sign(signingPayload(chainId, unsigned), keyPair));
  });
  progress.stop();
  return transactions;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Failure(`--batch ${path}: ${(error as Error).message}`, 2);
  }
}
