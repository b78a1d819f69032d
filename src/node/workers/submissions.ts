import { equalBytes } from '../../crypto/bytes.js';
import type { Rejection } from '../../consensus/rejection.js';
import type { Transaction } from '../../consensus/transaction.js';
import type { Admission } from '../../mempool/admission.js';
import type { Replaces } from '../../mempool/policy.js';
import { FORGED, MAX_FORGED, Precheck, type PrecheckModules } from '../../mempool/precheck.js';
import type { Submission, SubmitOutcome } from '../../mempool/submission.js';
import { BoundedSet } from '../../util/boundedSet.js';
import { each, inTurns } from '../../util/turns.js';
import type { NativeVerify } from '../../verification/batch.js';
import type { SignatureCache } from '../../verification/verifierPool.js';
import { packTransactions, unpackTransactions } from './packing.js';

/** Transactions that came to one worker together. */
export interface PackedSubmissions {
  /** As packTransactions writes them. */
  readonly transactions: Uint8Array;
  /** What the worker knows of each signature, a SIGNATURE_STATES a byte. */
  readonly signatures: Uint8Array;
  /** What each may replace; undefined where none may replace anything. */
  readonly replaces: readonly Replaces[] | undefined;
}

/** States of a signature in PackedSubmissions. */
const SIGNATURE_STATES = { unchecked: 0, valid: 1, forged: 2 } as const;
const { unchecked, valid, forged } = SIGNATURE_STATES;

/** What became of a submission, as it travels: null for a new one that replaced nothing. */
export type PackedOutcome =
  | null
  | Rejection
  | {
      readonly alreadyKnown: boolean;
      /** Where it is another than was offered: the same payload under another signature. */
      readonly transaction: Uint8Array | undefined;
      readonly replaced: Uint8Array | undefined;
    };

export interface SignatureCheckModules extends Omit<PrecheckModules, 'forged'> {
  readonly verify: NativeVerify;
}

/** Checks signatures in a worker, in turns, as far as nothing cheaper refuses their transactions already. */
export class SignatureCheck {
  readonly #forged = new BoundedSet<string>(MAX_FORGED);
  readonly #precheck: Precheck;
  readonly #verify: NativeVerify;

  constructor(modules: SignatureCheckModules) {
    this.#precheck = new Precheck({ ...modules, forged: this.#forged });
    this.#verify = modules.verify;
  }

  /** The submissions with what was found out about their signatures. */
  async checked(submissions: readonly Submission[]): Promise<PackedSubmissions> {
    const states = await inTurns(each(submissions, (submission) => this.#state(submission)));
    const replacing = submissions.some(({ replaces }) => replaces !== undefined);
    return {
      transactions: packTransactions(submissions.map(({ transaction }) => transaction)),
      signatures: Uint8Array.from(states),
      replaces: replacing ? submissions.map(({ replaces }) => replaces) : undefined,
    };
  }

  #state(submission: Submission): number {
    const { sender, payload, signature, leafHex } = submission.transaction;
    const settled = this.#precheck.outcomeOf(submission);
    if (settled) return settled === FORGED ? forged : unchecked;
    if (this.#verify(sender, payload, signature)) return valid;
    this.#forged.add(leafHex);
    return forged;
  }
}

export interface TakingModules {
  readonly verifier: Pick<SignatureCache, 'assume'>;
  readonly admission: Pick<Admission, 'forged'>;
}

/** Submissions of a worker, whose knowledge of their signatures is this process's from now on. */
export function takeSubmissions(
  chainId: Uint8Array,
  { transactions: packed, signatures, replaces }: PackedSubmissions,
  { verifier, admission }: TakingModules,
): Submission[] {
  const transactions = unpackTransactions(chainId, packed);
  const known = (state: number) => transactions.filter((_, index) => signatures[index] === state);
  verifier.assume(known(valid));
  admission.forged(known(forged));
  return transactions.map((transaction, index) => ({ transaction, replaces: replaces?.[index] }));
}

/** Outcomes as they travel. */
export function packOutcomes(submissions: readonly Submission[], outcomes: readonly SubmitOutcome[]): PackedOutcome[] {
  return outcomes.map((outcome, index) => {
    if ('code' in outcome) return outcome;
    const { transaction, alreadyKnown, replaced } = outcome;
    const isOther = !equalBytes(transaction.leaf, submissions[index]!.transaction.leaf);
    if (!alreadyKnown && !isOther && !replaced) return null;
    return {
      alreadyKnown,
      transaction: isOther ? packTransactions([transaction]) : undefined,
      replaced: replaced && packTransactions([replaced]),
    };
  });
}

/** Reverses packOutcomes. */
export function unpackOutcomes(
  chainId: Uint8Array,
  submissions: readonly Submission[],
  packed: readonly PackedOutcome[],
): SubmitOutcome[] {
  const read = (bytes: Uint8Array | undefined): Transaction | undefined =>
    bytes && unpackTransactions(chainId, bytes)[0];
  return packed.map((outcome, index) => {
    const { transaction } = submissions[index]!;
    if (outcome === null) return { transaction, alreadyKnown: false, replaced: undefined };
    if ('code' in outcome) return outcome;
    const { alreadyKnown } = outcome;
    return { transaction: read(outcome.transaction) ?? transaction, alreadyKnown, replaced: read(outcome.replaced) };
  });
}
