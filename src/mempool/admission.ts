import { toHex } from '../crypto/bytes.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import type { Account, AccountReader } from '../ledger/account.js';
import { BoundedSet } from '../util/boundedSet.js';
import { Event } from '../util/event.js';
import type { Mempool } from './mempool.js';
import { mayReplace, RETURNING, type Replaces } from './policy.js';
import type { JournalEntry, MempoolJournal, SignatureVerifier } from './ports.js';

export interface AdmissionModules {
  readonly mempool: Mempool;
  readonly verifier: SignatureVerifier;
  readonly journal: MempoolJournal;
  /** State and confirmed transactions of the current tip, valid until the next await. */
  readonly chain: { view(): AccountReader & { transaction(id: Uint8Array): Confirmed | undefined } };
}

interface Confirmed {
  readonly transaction: Transaction;
}

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

/** New transactions, and the id of the node that forwarded them, if one did. */
export interface Admitted {
  readonly transactions: readonly Transaction[];
  readonly giver: string | undefined;
}

/**
 * The way into the mempool: cheap checks → signature, off this thread → mempool → journal. A transaction is acknowledged only
 * when it is on disk, and announced (`accepted`) only then.
 */
export class Admission {
  readonly accepted = new Event<Admitted>();
  readonly #modules: AdmissionModules;
  /** Transactions in the mempool that are not on disk yet: who sends one again waits for the same sync. */
  readonly #writing = new Map<string, Promise<void>>();
  /** Leaves of transactions whose signature failed. By leaf, never by id: the id does not cover the signature. */
  readonly #forged = new BoundedSet<string>(MAX_FORGED);

  constructor(modules: AdmissionModules) {
    this.#modules = modules;
  }

  /** One outcome each, in order. `now` in milliseconds since 1970. Throws StorageFullError if nothing could be kept. */
  async submit(
    submissions: readonly Submission[],
    giver: string | undefined,
    now: number,
  ): Promise<(Accepted | Rejection)[]> {
    const outcomes = submissions.map((submission) => this.#precheck(submission));
    const unchecked = submissions.filter((_, index) => outcomes[index] === undefined);
    const verdicts = await this.#verify(unchecked.map(({ transaction }) => transaction));
    const added: JournalEntry[] = [];
    let verdict = 0;
    for (const [index, submission] of submissions.entries()) {
      if (outcomes[index] !== undefined) continue;
      const { transaction } = submission;
      const outcome = verdicts[verdict++] ? this.#add(submission, now) : FORGED;
      outcomes[index] = outcome;
      if (!('code' in outcome) && !outcome.alreadyKnown) added.push({ transaction, since: now });
    }
    if (added.length > 0) {
      await this.#write(added);
      this.accepted.emit({ transactions: added.map(({ transaction }) => transaction), giver });
    }
    await this.#durable(outcomes as (Accepted | Rejection)[]);
    return outcomes as (Accepted | Rejection)[];
  }

  /** What submit would answer to one transaction now, without doing it: undefined for accepted. */
  async check(submission: Submission): Promise<Rejection | undefined> {
    const { transaction, replaces } = submission;
    const outcome = this.#precheck(submission);
    if (outcome) return 'code' in outcome ? outcome : undefined;
    const [valid] = await this.#verify([transaction]);
    if (!valid) return FORGED;
    return this.#modules.mempool.check(transaction, this.#account(transaction.sender), { isNew: true, replaces });
  }

  /**
   * Puts transactions back that were acknowledged before a restart, in the order given. They were verified then, and the
   * store's checksums guard them since. Returns how many are pending again.
   */
  restore(entries: readonly JournalEntry[], now: number): number {
    const { mempool, chain, journal } = this.#modules;
    const view = chain.view();
    const stale = entries.filter(({ transaction, since }) => {
      if (mempool.get(transaction.id)) return false;
      return mempool.add(transaction, view.account(transaction.sender), since, RETURNING) !== undefined;
    });
    journal.remove(stale.map(({ transaction }) => transaction.id));
    mempool.expire(now);
    return mempool.size;
  }

  /** An outcome that needs no signature: known to be there, or refused by a cheap check. */
  #precheck({ transaction, replaces }: Submission): Accepted | Rejection | undefined {
    const { mempool } = this.#modules;
    const pending = mempool.get(transaction.id)?.transaction;
    if (pending) {
      // The same payload under another signature is the same transaction only if that signature holds.
      return toHex(pending.leaf) === toHex(transaction.leaf) ? known(pending) : undefined;
    }
    if (this.#forged.has(toHex(transaction.leaf))) return FORGED;
    const account = this.#account(transaction.sender);
    const fault = mempool.check(transaction, account, { isNew: true, replaces });
    if (fault?.code === 'NONCE_TOO_LOW') return this.#confirmed(transaction) ?? fault;
    // What comes before it may be in the same batch, or with the verifier: `add` decides.
    if (fault?.code === 'NONCE_TOO_HIGH' && transaction.nonce <= account.nonce + mempool.maxNoncesAhead)
      return undefined;
    const names = replaces !== undefined && replaces !== 'any';
    // What it names may be before it in the batch.
    if (fault?.code === 'NOTHING_TO_REPLACE') return undefined;
    if (fault?.code === 'NONCE_CONFLICT' && names && !mayReplace(replaces, fault.pending)) return undefined;
    return fault;
  }

  #add({ transaction, replaces }: Submission, now: number): Accepted | Rejection {
    const { mempool } = this.#modules;
    // Looked up again: other transactions and blocks came while the signature was verified.
    const pending = mempool.get(transaction.id)?.transaction;
    if (pending) return known(pending);
    const replaced = mempool.holder(transaction.sender, transaction.nonce);
    const fault = mempool.add(transaction, this.#account(transaction.sender), now, { isNew: true, replaces });
    if (fault?.code === 'NONCE_TOO_LOW') return this.#confirmed(transaction) ?? fault;
    return fault ?? { transaction, alreadyKnown: false, replaced };
  }

  /** What the chain holds under its id: the signature may be another, which nobody has checked, and is not repeated. */
  #confirmed({ id }: Transaction): Accepted | undefined {
    const confirmed = this.#modules.chain.view().transaction(id);
    return confirmed && known(confirmed.transaction);
  }

  #account(sender: Uint8Array): Account {
    const { mempool, chain } = this.#modules;
    return mempool.account(sender) ?? chain.view().account(sender);
  }

  async #verify(transactions: readonly Transaction[]): Promise<boolean[]> {
    if (transactions.length === 0) return [];
    const verdicts = await this.#modules.verifier.verify(transactions);
    for (const [index, transaction] of transactions.entries()) {
      if (!verdicts[index]) this.#forged.add(toHex(transaction.leaf));
    }
    return verdicts;
  }

  async #write(entries: readonly JournalEntry[]): Promise<void> {
    const txids = entries.map(({ transaction }) => toHex(transaction.id));
    const written = this.#modules.journal.append(entries);
    for (const txid of txids) this.#writing.set(txid, written);
    try {
      await written;
    } catch (failure) {
      for (const { transaction } of entries) this.#modules.mempool.remove(transaction.id);
      throw failure;
    } finally {
      for (const txid of txids) this.#writing.delete(txid);
    }
  }

  async #durable(outcomes: readonly (Accepted | Rejection)[]): Promise<void> {
    if (this.#writing.size === 0) return;
    for (const outcome of outcomes) {
      const written = 'code' in outcome ? undefined : this.#writing.get(toHex(outcome.transaction.id));
      if (written) await written;
    }
  }
}

/** What another node relays replaces by fee, as it did there. */
export function relayed(transactions: readonly Transaction[]): Submission[] {
  return transactions.map((transaction) => ({ transaction, replaces: 'any' }));
}

function known(transaction: Transaction): Accepted {
  return { transaction, alreadyKnown: true, replaced: undefined };
}

const FORGED: Rejection = { code: 'INVALID_SIGNATURE', fault: 'equation' };
const MAX_FORGED = 65_536;
