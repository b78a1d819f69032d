import { Piscina } from 'piscina';
import type { Transaction } from '../consensus/transaction.js';
import { QueueFullError } from '../util/serialQueue.js';
import { packBatch } from './batch.js';
import type { SignatureVerifier } from '../consensus/blockRules.js';
import { BoundedSet } from '../util/boundedSet.js';

export interface VerifierPoolOptions {
  /** Worker threads. */
  readonly threads: number;
}

interface Request {
  readonly transactions: readonly Transaction[];
  readonly resolve: (verdicts: boolean[]) => void;
  readonly reject: (failure: unknown) => void;
}

/**
 * Signature equations in worker threads. What is asked for in one turn of the event loop, or while the threads are busy with what was asked
 * for before, goes out together, since a message to a thread costs as much as a signature. Callers are bounded (mempool batches, blocks), and so is what waits here: above
 * MAX_QUEUED transactions a request is refused.
 */
export class VerifierPool {
  readonly #threads: number;
  readonly #pool: Piscina<Uint8Array, Uint8Array>;
  #requests: Request[] = [];
  #queued = 0;
  /** Messages, or groups of them, that are out. */
  #underWay = 0;
  #closed = false;

  constructor({ threads }: VerifierPoolOptions) {
    this.#threads = threads;
    this.#pool = new Piscina({
      filename: new URL('./verifyWorker.js', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Infinity,
    });
  }

  /** Transactions that were asked for and not answered yet. */
  get waiting(): number {
    return this.#queued;
  }

  /** One verdict a transaction, in order. They have passed checkTransactionAlone: only the equation is answered here. */
  verify(transactions: readonly Transaction[]): Promise<boolean[]> {
    if (transactions.length === 0) return Promise.resolve([]);
    if (this.#closed) return Promise.reject(new Error('expected a verifier that is open, got one that was closed'));
    if (this.#queued + transactions.length > MAX_QUEUED) {
      return Promise.reject(new QueueFullError(MAX_QUEUED));
    }
    this.#queued += transactions.length;
    return new Promise((resolve, reject) => {
      if (this.#requests.length === 0 && this.#underWay < this.#threads) setImmediate(() => void this.#dispatch());
      this.#requests.push({ transactions, resolve, reject });
    });
  }

  /** Ends the threads; what was asked for before is answered first, what is asked for later rejects. */
  async close(): Promise<void> {
    // What waits for the end of this turn goes out now. Nothing may follow: it would start the threads again.
    void this.#dispatch();
    this.#closed = true;
    await this.#pool.close();
  }

  async #dispatch(): Promise<void> {
    const requests = this.#requests;
    this.#requests = [];
    if (requests.length === 0) return;
    const transactions = requests.flatMap((request) => request.transactions);
    this.#underWay++;
    try {
      const verdicts = await this.#verifyAll(transactions);
      let start = 0;
      for (const request of requests) {
        const end = start + request.transactions.length;
        request.resolve(verdicts.slice(start, end));
        start = end;
      }
    } catch (failure) {
      for (const request of requests) request.reject(failure);
    } finally {
      this.#queued -= transactions.length;
      this.#underWay--;
      void this.#dispatch();
    }
  }

  /** Splits over the threads, but never below MIN_BATCH a message. */
  async #verifyAll(transactions: readonly Transaction[]): Promise<boolean[]> {
    const share = Math.max(MIN_BATCH, Math.ceil(transactions.length / this.#threads));
    const shares: Promise<Uint8Array>[] = [];
    for (let start = 0; start < transactions.length; start += share) {
      const batch = packBatch(transactions.slice(start, start + share));
      shares.push(this.#pool.run(batch, { transferList: [batch.buffer] }));
    }
    return (await Promise.all(shares)).flatMap((verdicts) => Array.from(verdicts, (verdict) => verdict === 1));
  }
}

const MIN_BATCH = 10;
/** Ten full blocks, or six mempools: far beyond what callers have under way. */
const MAX_QUEUED = 300_000;

/**
 * Remembers transactions whose signature was verified, so that a block costs nothing for what came through the mempool before.
 * Keyed by leaf, which covers payload and signature. At `capacity` the oldest are forgotten, and verified again if they return.
 */
export class SignatureCache implements SignatureVerifier {
  readonly #verifier: SignatureVerifier;
  readonly #verified: BoundedSet<string>;

  constructor(options: { readonly capacity: number }, modules: { readonly verifier: SignatureVerifier }) {
    this.#verifier = modules.verifier;
    this.#verified = new BoundedSet(options.capacity);
  }

  /** Takes transactions whose signatures hold: another process of this node has verified them. */
  assume(transactions: readonly Transaction[]): void {
    for (const { leafHex } of transactions) this.#verified.add(leafHex);
  }

  /** One verdict a transaction, in order. */
  async verify(transactions: readonly Transaction[]): Promise<boolean[]> {
    const leaves = transactions.map(({ leafHex }) => leafHex);
    const unknown = leaves.flatMap((leaf, index) => (this.#verified.has(leaf) ? [] : [index]));
    const verdicts = transactions.map(() => true);
    if (unknown.length === 0) return verdicts;
    const answers = await this.#verifier.verify(unknown.map((index) => transactions[index]!));
    for (const [position, index] of unknown.entries()) {
      if (answers[position] === true) this.#verified.add(leaves[index]!);
      else verdicts[index] = false;
    }
    return verdicts;
  }
}
