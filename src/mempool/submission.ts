import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import type { ReasonOf } from './departures.js';
import type { Replaces } from './policy.js';

/** A transaction that somebody offers. */
export interface Submission {
  readonly transaction: Transaction;
  readonly replaces: Replaces;
}

export interface Accepted {
  readonly transaction: Transaction;
  /** In the mempool or on the chain before: nothing changed. */
  readonly alreadyKnown: boolean;
  /** The pending transaction whose place it took. */
  readonly replaced: Transaction | undefined;
}

export type SubmitOutcome = Accepted | Rejection;

/** Whether it came to be pending just now. */
export function isNew(outcome: Accepted | Rejection | undefined): outcome is Accepted {
  return outcome !== undefined && 'transaction' in outcome && !outcome.alreadyKnown;
}

/** What an outcome is at the end of the batch, after what came later in it. `holder` had the nonce before the batch. */
export function settled(
  outcome: SubmitOutcome,
  pending: Transaction | undefined,
  holder: Transaction | undefined,
  reasonOf: ReasonOf,
): SubmitOutcome {
  if ('code' in outcome) return pending ? known(pending) : outcome;
  if (!pending) return reasonOf(outcome.transaction.txid) ?? outcome;
  if (outcome.alreadyKnown) return outcome;
  const isReplaced = holder && reasonOf(holder.txid)?.code === 'NONCE_CONFLICT';
  return { ...outcome, replaced: isReplaced ? holder : undefined };
}

/** What another node relays replaces by fee, as it did there. */
export function relayed(transactions: readonly Transaction[]): Submission[] {
  return transactions.map((transaction) => ({ transaction, replaces: 'any' }));
}

/** It was in the mempool or on the chain before. */
export function known(transaction: Transaction): Accepted {
  return { transaction, alreadyKnown: true, replaced: undefined };
}
