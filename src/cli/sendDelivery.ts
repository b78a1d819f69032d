import { setTimeout as delay } from 'node:timers/promises';
import {
  AccountDocument,
  SendTransactionsDocument,
  SettlementDocument,
  type RejectionCode,
  type SignedTransactionInput,
} from '../client/operations.js';
import type { Transaction } from '../consensus/transaction.js';
import { encodeAddress } from '../crypto/address.js';
import { toHex } from '../crypto/bytes.js';
import { Failure } from './failure.js';
import type { Ask } from './nodeClient.js';
import { Progress } from './progress.js';
import type { Payment } from './sendPayments.js';

/** What became of a payment. */
export interface PaymentResult {
  readonly line: number;
  readonly id: string;
  /** `nonceUsed`: another payment of the account took its place, so it was not paid and never will be. */
  readonly status: 'paid' | 'nonceUsed';
}

/** A payment with its signed transaction. */
export interface SignedPayment extends Payment {
  readonly transaction: Transaction;
}

/**
 * Sends payments of one sender, in the order of their nonces, and resolves when the last one's nonce is used: as many at a time as a node
 * holds of one sender, and again after each block. Throws Failure.
 */
export async function deliver(payments: readonly SignedPayment[], sender: string, ask: Ask): Promise<PaymentResult[]> {
  const results: PaymentResult[] = [];
  const progress = new Progress('send', payments.length, 0, 'payments');
  try {
    let sentAt: string | undefined;
    let reason = 'no block';
    for (let deadline = performance.now() + PATIENCE_MS; ;) {
      const { balance } = await ask(AccountDocument, { address: sender });
      for (const payment of payments.slice(results.length)) {
        if (payment.transaction.nonce >= BigInt(balance.nonce)) break;
        const result = await settled(payment, sender, ask);
        // The chain was reorganized in between: it waits again.
        if (!result) break;
        results.push(result);
        progress.update(results.length);
        deadline = performance.now() + PATIENCE_MS;
      }
      const next = payments[results.length];
      if (!next) return results;
      if (performance.now() > deadline)
        throw new Failure(`line ${next.line}: not in a block in time: ${reason}; run again to go on`);
      if (balance.asOf.hash !== sentAt) {
        sentAt = balance.asOf.hash;
        reason = (await offer(payments.slice(results.length, results.length + MAX_PENDING), sender, ask)) ?? 'no block';
      } else {
        await delay(POLL_MS);
      }
    }
  } finally {
    progress.stop();
  }
}

/** What became of a payment whose nonce is used; undefined if it is not after all. One request sees one state. */
async function settled(
  { line, transaction }: SignedPayment,
  sender: string,
  ask: Ask,
): Promise<PaymentResult | undefined> {
  const id = toHex(transaction.id);
  const answer = await ask(SettlementDocument, { address: sender, id });
  if (transaction.nonce >= BigInt(answer.balance.nonce)) return undefined;
  const paid = answer.transaction?.status.__typename === 'TransactionConfirmed';
  return { line, id, status: paid ? 'paid' : 'nonceUsed' };
}

/** Offers the next payments to the node; resolves to why one has to wait, if one has. Throws Failure for one that waiting does not help. */
async function offer(payments: readonly SignedPayment[], sender: string, ask: Ask): Promise<string | undefined> {
  const transactions = payments.map(({ transaction }) => transactionInput(transaction, sender));
  const { addTransactions } = await ask(SendTransactionsDocument, { transactions });
  for (const [index, outcome] of addTransactions.entries()) {
    if (outcome.__typename !== 'Rejected') continue;
    const text = `${outcome.code}: ${outcome.message}`;
    if (PASSING.has(outcome.code)) return text;
    const { line } = payments[index]!;
    throw new Failure(`line ${line}: rejected: ${text}; the lines before it are sent; run again to go on`);
  }
  return undefined;
}

/** A transaction as the API takes it; `sender` is an address of its network. */
export function transactionInput(transaction: Transaction, sender: string): SignedTransactionInput {
  const prefix = sender.slice(0, sender.lastIndexOf('1'));
  return {
    sender,
    recipient: encodeAddress(prefix, transaction.recipient),
    amount: `${transaction.amount}`,
    fee: `${transaction.fee}`,
    nonce: `${transaction.nonce}`,
    memo: transaction.memo,
    signature: toHex(transaction.signature),
  };
}

/** What the next block may change: the nonce is used by then, by this payment or another, or there is room again. */
const PASSING: ReadonlySet<RejectionCode> = new Set([
  'NONCE_TOO_LOW',
  'NONCE_TOO_HIGH',
  'NONCE_CONFLICT',
  'SENDER_LIMIT',
  'MEMPOOL_FULL',
  'STORAGE_FULL',
]);
/** As many as a node holds of one sender. */
const MAX_PENDING = 64;
const POLL_MS = 300;
/** Without any payment in a block. */
const PATIENCE_MS = 600_000;
