import { equalBytes, toHex } from '../crypto/bytes.js';
import { atOnce, type Steps } from '../util/turns.js';
import { type Block, blockSize, computingTransactionsRoot } from './block.js';
import type { Network } from './network.js';
import type { Rejection } from './rejection.js';
import { checkTransactionAlone, type Transaction } from './transaction.js';
import { checkHeaderAlone, checkHeaderOnParent, checkNotFromFuture, type HeaderWindow } from './headers.js';

/**
 * The rules of a block but for its header, cheapest first. Of all twelve, 1 needs the block alone, 2 to 8 are its header's
 * (headers.ts), 9 and 10 need its body, 11 a verifier, 12 the accounts (ledger/ledger.ts).
 *
 * A block hash commits to rules 2 to 8 and, once rule 9 holds, to the rest. So only a fault found in them may mark the hash
 * as invalid: a body that does not belong to the header says nothing of the block that does.
 */

/** Rule 1, size: at most the network's maxBlockBytes. Not committed to by the hash. */
export function checkSize(block: Block, network: Network): Rejection | undefined {
  const got = blockSize(block.transactions);
  return got > network.maxBlockBytes ? { code: 'BLOCK_TOO_LARGE', maximum: network.maxBlockBytes, got } : undefined;
}

/** Rule 9, body belongs to header: transaction count and root. Not committed to by the hash when it fails. */
export function checkTransactionsRoot(block: Block): Rejection | undefined {
  return atOnce(checkingTransactionsRoot(block));
}

/** The same, a hash a step. */
export function* checkingTransactionsRoot({ header, transactions }: Block): Steps<Rejection | undefined> {
  const got = yield* computingTransactionsRoot(transactions);
  if (header.transactionCount === transactions.length && equalBytes(header.transactionsRoot, got)) return undefined;
  return {
    code: 'INVALID_TRANSACTIONS_ROOT',
    expected: `${toHex(header.transactionsRoot)} of ${header.transactionCount}`,
    got: `${toHex(got)} of ${transactions.length}`,
  };
}

/** Rule 10, each transaction is valid alone: amounts, and the signature rule without its equation. */
export function checkTransactionsAlone(block: Block): Rejection | undefined {
  return atOnce(checkingTransactionsAlone(block));
}

/** The same, a transaction a step. */
export function* checkingTransactionsAlone({ transactions }: Block): Steps<Rejection | undefined> {
  for (const [index, transaction] of transactions.entries()) {
    const cause = checkTransactionAlone(transaction);
    if (cause) return { code: 'INVALID_TRANSACTION', index, cause };
    yield;
  }
  return undefined;
}

/** Answers the signature equation, off the main thread. Transactions given have passed checkTransactionAlone. */
export interface SignatureVerifier {
  /** One verdict a transaction, in order. */
  verify(transactions: readonly Transaction[]): Promise<boolean[]>;
}

/** Rule 11, signatures: `verdicts[i]` is the equation's answer for transaction i, computed elsewhere in parallel. */
export function checkSignatures(verdicts: readonly boolean[]): Rejection | undefined {
  const index = verdicts.indexOf(false);
  if (index < 0) return undefined;
  return { code: 'INVALID_TRANSACTION', index, cause: { code: 'INVALID_SIGNATURE', fault: 'equation' } };
}

/** A rule that a block breaks. */
export interface BrokenRule {
  readonly rejection: Rejection;
  /** True if the block's hash commits to what is wrong, so that no block of this hash can ever be valid. */
  readonly invalid: boolean;
}

/** The rules that need nothing but the block: its size, its header's form, its proof of work. */
export function checkBlockAlone(block: Block, network: Network): BrokenRule | undefined {
  const size = checkSize(block, network);
  if (size) return { rejection: size, invalid: false };
  const alone = checkHeaderAlone(block.header, network);
  return alone && { rejection: alone, invalid: true };
}

/** The other rules of the header of a block whose parent is the last of `window`. `now` is in milliseconds since 1970. */
export function checkBlockOnParent(
  { header }: Pick<Block, 'header'>,
  window: HeaderWindow,
  network: Network,
  now: number,
): BrokenRule | undefined {
  const onParent = checkHeaderOnParent(header, window, network);
  if (onParent) return { rejection: onParent, invalid: true };
  const early = checkNotFromFuture(header, window, now);
  return early && { rejection: early, invalid: false };
}

/** Rules 9 and 10, of a block whose header keeps the rules, in steps: a full block takes a tenth of a second. */
export function* checkingBody(block: Block): Steps<BrokenRule | undefined> {
  const uncommitted = yield* checkingTransactionsRoot(block);
  if (uncommitted) return { rejection: uncommitted, invalid: false };
  // The leaves commit to every field and signature, and rule 9 held: from here the hash is to blame.
  const transactions = yield* checkingTransactionsAlone(block);
  return transactions && { rejection: transactions, invalid: true };
}
