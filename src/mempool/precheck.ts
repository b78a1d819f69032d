import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import { equalBytes } from '../crypto/bytes.js';
import type { Account, AccountReader } from '../ledger/accounts.js';
import type { Lender } from '../util/lender.js';
import type { PendingView } from './pendingView.js';
import { mayReplace } from './policy.js';
import { type Accepted, known, type Submission, type SubmitOutcome } from './submission.js';

/** A transaction whose signature was checked, and does not hold. */
export const FORGED: Rejection = { code: 'INVALID_SIGNATURE', fault: 'equation' };
/** Leaves of such transactions that are remembered. */
export const MAX_FORGED = 65_536;

interface Confirmed {
  readonly transaction: Transaction;
}

export interface PrecheckModules {
  readonly mempool: PendingView;
  /** Of the current tip. */
  readonly chain: Lender<AccountReader & { transaction(id: Uint8Array): Confirmed | undefined }>;
  /** Hexadecimal leaves of transactions whose signature failed. */
  readonly forged: { has(leaf: string): boolean };
}

/** What a submission comes to without a look at its signature, which costs more than everything else. */
export class Precheck {
  readonly #modules: PrecheckModules;

  constructor(modules: PrecheckModules) {
    this.#modules = modules;
  }

  /** An outcome that needs no signature: known to be there, or refused by a cheap check. */
  outcomeOf({ transaction, replaces }: Submission): SubmitOutcome | undefined {
    const { mempool } = this.#modules;
    const pending = mempool.named(transaction.txid)?.transaction;
    if (pending) {
      // The same payload under another signature is the same transaction only if that signature holds.
      return equalBytes(pending.leaf, transaction.leaf) ? known(pending) : undefined;
    }
    if (this.#modules.forged.has(transaction.leafHex)) return FORGED;
    const account = this.account(transaction);
    const fault = mempool.check(transaction, account, { isNew: true, replaces });
    if (fault?.code === 'NONCE_TOO_LOW') return this.confirmed(transaction) ?? fault;
    // What comes before it may be in the same batch, or with the verifier: `add` decides.
    const mayFollow = fault?.code === 'NONCE_TOO_HIGH' || fault?.code === 'HELD_BACK_LIMIT';
    if (mayFollow && transaction.nonce <= account.nonce + mempool.maxNoncesAhead) return undefined;
    const names = replaces !== undefined && replaces !== 'any';
    // What it names may be before it in the batch.
    if (fault?.code === 'NOTHING_TO_REPLACE') return undefined;
    if (fault?.code === 'NONCE_CONFLICT' && names && !mayReplace(replaces, fault.pending)) return undefined;
    return fault;
  }

  /** What the chain holds under its id: the signature may be another, which nobody has checked, and is not repeated. */
  confirmed({ id }: Transaction): Accepted | undefined {
    const confirmed = this.#modules.chain.read((reader) => reader.transaction(id));
    return confirmed && known(confirmed.transaction);
  }

  /** State of its sender on the chain. */
  account(transaction: Transaction): Account {
    const { mempool, chain } = this.#modules;
    return mempool.account(transaction) ?? chain.read((reader) => reader.account(transaction.sender));
  }
}
