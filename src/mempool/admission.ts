import type { SignatureVerifier } from '../consensus/blockRules.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import { BoundedSet } from '../util/boundedSet.js';
import { Event } from '../util/event.js';
import { QueueFullError } from '../util/serialQueue.js';
import { each, inTurns, someATurn } from '../util/turns.js';
import type { ReasonOf } from './departures.js';
import type { Redo } from './entries.js';
import type { Mempool } from './mempool.js';
import { FORGED, MAX_FORGED, Precheck, type PrecheckModules } from './precheck.js';
import type { JournalEntry, MempoolJournal } from './ports.js';
import { restoring } from './restoration.js';
import { isNew, known, settled, type Submission, type SubmitOutcome } from './submission.js';

export interface AdmissionModules {
  readonly mempool: Mempool;
  readonly verifier: SignatureVerifier;
  readonly journal: MempoolJournal;
  readonly chain: PrecheckModules['chain'];
  readonly clock: { elapsed(): number };
}

/** New transactions, and the id of the node that forwarded them, if one did. */
export interface Admitted {
  readonly transactions: readonly Transaction[];
  readonly giver: string | undefined;
}

/** What submissions wait for, in this order: the threads that check signatures, the change that they go into, that it is on disk. */
export type SubmissionStage = 'verify' | 'wait' | 'write';

/** Submissions of one caller have passed a stage. */
export interface Staged {
  readonly stage: SubmissionStage;
  readonly transactions: readonly Transaction[];
  readonly milliseconds: number;
}

/** A submission on its way. */
interface Candidate {
  readonly submission: Submission;
  /** What it has come to so far. */
  outcome: SubmitOutcome | undefined;
}

/** Candidates of one caller whose signatures hold. */
interface Request {
  readonly candidates: readonly Candidate[];
  readonly giver: string | undefined;
  readonly now: number;
  /** When it began to wait. */
  readonly since: number;
  readonly resolve: () => void;
  readonly reject: (failure: unknown) => void;
}

/**
 * The way into the mempool: cheap checks → signature, off this thread → an attempt in the mempool → journal → mempool. Everything that
 * waits is one change: it is attempted and undone, its new transactions are written, and it is attempted again, until all of them are on
 * disk. Then it stays, and is acknowledged and announced (`accepted`). So a failed write leaves the mempool as it was, a transaction that
 * its own batch replaced was never there, and each answer says what is the case after the write, during which blocks may come.
 */
export class Admission {
  readonly accepted = new Event<Admitted>();
  readonly staged = new Event<Staged>();
  readonly #modules: AdmissionModules;
  readonly #waiting: Request[] = [];
  #waitingCount = 0;
  #isDeciding = false;
  /** Leaves of transactions whose signature failed. By leaf, never by id: the id does not cover the signature. */
  readonly #forged = new BoundedSet<string>(MAX_FORGED);
  readonly #precheck: Precheck;

  constructor(modules: AdmissionModules) {
    this.#modules = modules;
    this.#precheck = new Precheck({ ...modules, forged: this.#forged });
  }

  /** Takes transactions whose signatures do not hold: another process of this node has found out. */
  forged(transactions: readonly Transaction[]): void {
    for (const { leafHex } of transactions) this.#forged.add(leafHex);
  }

  /** Submissions that wait for the disk. */
  get waiting(): number {
    return this.#waitingCount;
  }

  /**
   * One outcome each, in order. `now` in milliseconds since 1970. Throws StorageFullError if nothing could be kept, and QueueFullError
   * at MAX_WAITING submissions that wait for the disk.
   */
  async submit(submissions: readonly Submission[], giver: string | undefined, now: number): Promise<SubmitOutcome[]> {
    const prechecks = each(submissions, (submission): Candidate => {
      return { submission, outcome: this.#precheck.outcomeOf(submission) };
    });
    const candidates = await inTurns(prechecks);
    const prechecked = candidates.filter(({ outcome }) => outcome);
    if (prechecked.length === candidates.length) return candidates.map(({ outcome }) => outcome!);
    const unchecked = candidates.filter(({ outcome }) => !outcome);
    const verdicts = await this.#verify(unchecked.map(({ submission }) => submission.transaction));
    for (const [index, candidate] of unchecked.entries()) if (!verdicts[index]) candidate.outcome = FORGED;
    const verified = unchecked.filter(({ outcome }) => !outcome);
    await this.#decided(verified, giver, now);
    // What was pending may have left meanwhile, and what was refused may have come.
    for (const one of prechecked) {
      const dropped = 'code' in one.outcome! ? undefined : this.#modules.mempool.dropped(one.outcome!.transaction.id);
      one.outcome = this.#precheck.outcomeOf(one.submission) ?? dropped?.reason ?? one.outcome;
    }
    return candidates.map(({ outcome }) => outcome!);
  }

  /** What submit would answer to one transaction now, without doing it: undefined for accepted. */
  async check(submission: Submission): Promise<Rejection | undefined> {
    const { transaction, replaces } = submission;
    const outcome = this.#precheck.outcomeOf(submission);
    if (outcome) return 'code' in outcome ? outcome : undefined;
    const [valid] = await this.#verify([transaction]);
    if (!valid) return FORGED;
    return this.#modules.mempool.check(transaction, this.#precheck.account(transaction), {
      isNew: true,
      replaces,
    });
  }

  /** As `restoring`, in turns: nothing is to be submitted before it resolves. */
  restore(others: Iterable<readonly Transaction[]>, now: number, elapsed: number): Promise<number> {
    return inTurns(restoring(this.#modules, others, now, elapsed));
  }

  /** Resolves once each candidate has its outcome. */
  #decided(candidates: readonly Candidate[], giver: string | undefined, now: number): Promise<void> {
    if (candidates.length === 0) return Promise.resolve();
    if (this.#waitingCount + candidates.length > MAX_WAITING) return Promise.reject(new QueueFullError(MAX_WAITING));
    return new Promise((resolve, reject) => {
      const since = this.#modules.clock.elapsed();
      this.#waiting.push({ candidates, giver, now, since, resolve, reject });
      this.#waitingCount += candidates.length;
      if (!this.#isDeciding) void this.#decideAll();
    });
  }

  /** One change after another; what comes meanwhile waits and is the next one, so that it shares a sync. */
  async #decideAll(): Promise<void> {
    this.#isDeciding = true;
    while (this.#waiting.length > 0) {
      const requests = this.#waiting.splice(0, MAX_REQUESTS);
      try {
        await this.#decide(requests);
      } catch (failure) {
        for (const { reject } of requests) reject(failure);
      }
      for (const { candidates } of requests) this.#waitingCount -= candidates.length;
    }
    this.#isDeciding = false;
  }

  async #decide(requests: readonly Request[]): Promise<void> {
    const { mempool, journal, clock } = this.#modules;
    const begun = clock.elapsed();
    for (const request of requests) this.#passed('wait', transactionsOf(request), begun - request.since);
    const written = new Map<string, JournalEntry>();
    try {
      // Decided again after a write only if blocks came meanwhile.
      for (;;) {
        while (mempool.following) await mempool.following;
        const { missing, redo } = this.#attempt(requests, written);
        if (!redo) break;
        await journal.append(missing);
        for (const entry of missing) written.set(entry.transaction.txid, entry);
        if (redo()) break;
      }
    } finally {
      const isGone = ({ txid }: Transaction) => !mempool.has(txid);
      journal.remove([...written.values()].map(({ transaction }) => transaction).filter(isGone));
    }
    const milliseconds = clock.elapsed() - begun;
    for (const request of requests) {
      const { candidates, giver } = request;
      this.#passed('write', transactionsOf(request), milliseconds);
      const transactions = candidates.flatMap(({ outcome }) => (isNew(outcome) ? [outcome.transaction] : []));
      if (transactions.length > 0) this.accepted.emit({ transactions, giver });
    }
    // In one turn, all that goes on then would take a tenth of a second.
    void someATurn(requests, ANSWERED_AT_ONCE, ({ resolve }) => resolve());
  }

  #passed(stage: SubmissionStage, transactions: readonly Transaction[], milliseconds: number): void {
    this.staged.emit({ stage, transactions, milliseconds });
  }

  /** Finds out what the requests come to, one after another. Done only if all of it is `written`: else returns what is missing. */
  #attempt(
    requests: readonly Request[],
    written: ReadonlyMap<string, JournalEntry>,
  ): { readonly missing: readonly JournalEntry[]; readonly redo: Redo | undefined } {
    const { mempool } = this.#modules;
    const offered = requests.flatMap(({ candidates, now }) => candidates.map((one) => ({ one, now })));
    const before = offered.map(({ one }) => mempool.holder(one.submission.transaction));
    const missing: JournalEntry[] = [];
    const redo = mempool.attempt((reasonOf) => {
      for (const { one, now } of offered) one.outcome = this.#add(one.submission, now, reasonOf);
      for (const [index, { one }] of offered.entries()) {
        const pending = mempool.entry(one.submission.transaction);
        one.outcome = settled(one.outcome!, pending?.transaction, before[index], reasonOf);
        if (!pending || !isNew(one.outcome) || written.get(pending.txid)?.since === pending.since) continue;
        missing.push({ transaction: pending.transaction, since: pending.since });
      }
      return missing.length === 0;
    });
    return { missing, redo };
  }

  #add({ transaction, replaces }: Submission, now: number, reasonOf: ReasonOf): SubmitOutcome {
    const { mempool } = this.#modules;
    // Looked up again: other transactions and blocks came while the signature was verified, and the journal written.
    const pending = mempool.entry(transaction);
    if (pending) return known(pending.transaction);
    // It left for one before it in the batch, and has room again.
    const isBack = reasonOf(transaction.txid) !== undefined;
    const fault = mempool.add(transaction, this.#precheck.account(transaction), now, { isNew: true, replaces });
    if (fault?.code === 'NONCE_TOO_LOW') return this.#precheck.confirmed(transaction) ?? fault;
    return fault ?? { transaction, alreadyKnown: isBack, replaced: undefined };
  }

  async #verify(transactions: readonly Transaction[]): Promise<boolean[]> {
    if (transactions.length === 0) return [];
    const { verifier, clock } = this.#modules;
    const asked = clock.elapsed();
    const verdicts = await verifier.verify(transactions);
    this.#passed('verify', transactions, clock.elapsed() - asked);
    this.forged(transactions.filter((_, index) => !verdicts[index]));
    return verdicts;
  }
}

function transactionsOf({ candidates }: Request): Transaction[] {
  return candidates.map(({ submission }) => submission.transaction);
}

/** Requests answered in one turn, some 5 ms of work. */
const ANSWERED_AT_ONCE = 32;
/** Requests decided at once: what they come to is found out in one turn, and again after the write. */
const MAX_REQUESTS = 1_000;
/** Twice the mempool's bound, so that only a disk that hangs can reach it. */
const MAX_WAITING = 100_000;
