import { setTimeout as delay } from 'node:timers/promises';
import { AccountDocument, SendTransactionsDocument, type RejectionCode } from '../../client/operations/public.js';
import { transactionInput } from '../../client/codec.js';
import type { Transaction } from '../../consensus/transaction.js';
import { prefixOf } from '../../crypto/address.js';
import { toHex } from '../../crypto/bytes.js';
import { Failure } from '../failure.js';
import { Interrupted, withProgress } from '../terminal.js';
import { RequestFailure, type Ask } from '../nodeClient.js';
import { fateOf } from './fate.js';
import { MAX_PENDING, type Payment } from './payments.js';

/** What became of a payment. */
export interface PaymentResult {
  readonly line: number;
  readonly id: string;
  /** `nonceUsed`: another payment of the account took its place, so it was not paid and never will be. */
  readonly status: 'paid' | 'nonceUsed';
  /** Height of its block. */
  readonly block?: number;
}

/** A batch that ended before all was in blocks. */
export class BatchStopped extends Failure {
  readonly results: readonly PaymentResult[];
  /** Those whose fate is not known: on their way, or it may be. */
  readonly inDoubt: readonly { readonly line: number; readonly id: string }[];

  constructor(message: string, results: readonly PaymentResult[], inDoubt: BatchStopped['inDoubt']) {
    super(message, inDoubt.length > 0 ? 3 : 1);
    this.results = results;
    this.inDoubt = inDoubt;
  }
}

/** A payment with its signed transaction. */
export interface SignedPayment extends Payment {
  readonly transaction: Transaction;
}

export interface DeliveryModules {
  readonly ask: Ask;
  readonly signal: AbortSignal | undefined;
  /** Without any payment in a block, or any answer; ten minutes by default. */
  readonly timeoutMs: number | undefined;
  /** An earlier run may have sent some of them. */
  readonly resumed: boolean;
}

/**
 * Sends payments of one sender, in the order of their nonces: as many at a time as a node holds of one sender, and again after each block.
 * A node that does not answer is asked again.
 */
export class Delivery {
  readonly results: PaymentResult[] = [];
  readonly #payments: readonly SignedPayment[];
  readonly #sender: string;
  readonly #modules: DeliveryModules;
  /** How many this run has offered or found settled. */
  #reached = 0;
  /** Some had to be sent. */
  offered = false;
  #sentAt: string | undefined;
  #reason = 'no block';

  constructor(payments: readonly SignedPayment[], sender: string, modules: DeliveryModules) {
    this.#payments = payments;
    this.#sender = sender;
    this.#modules = modules;
  }

  /** Resolves when the last one's nonce is used. Throws Failure, with exit code 3 where some may be on their way. */
  async run(): Promise<void> {
    const total = this.#payments.length;
    try {
      await withProgress({ what: 'send', total, unit: 'payments', timeLeft: blocksLeft }, (progressed) =>
        this.#untilSettled(() => progressed(this.results.length)),
      );
    } catch (error) {
      throw error instanceof Interrupted ? this.#stopped(error.message) : error;
    }
  }

  async #untilSettled(progressed: () => void): Promise<void> {
    const { signal, timeoutMs = PATIENCE_MS } = this.#modules;
    for (let deadline = performance.now() + timeoutMs; this.results.length < this.#payments.length;) {
      const before = this.results.length;
      let waits = true;
      try {
        waits = await this.#step(progressed);
      } catch (error) {
        if (!(error instanceof RequestFailure)) throw error;
        this.#reason = error.message;
        // A node that comes back may have lost its mempool.
        this.#sentAt = undefined;
      }
      if (this.results.length > before) deadline = performance.now() + timeoutMs;
      else if (performance.now() > deadline) throw this.#stopped(`not in a block in time: ${this.#reason}`);
      if (waits) await delay(POLL_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  /** Settles payments that are in blocks, and offers the next ones after each block; false if there is more to do at once. */
  async #step(progressed: () => void): Promise<boolean> {
    const { ask } = this.#modules;
    const { balance } = await ask(AccountDocument, { address: this.#sender });
    for (const payment of this.#payments.slice(this.results.length)) {
      if (payment.transaction.nonce >= BigInt(balance.nonce)) break;
      const result = await settled(payment, this.#sender, ask);
      // The chain was reorganized in between: it waits again.
      if (!result) break;
      this.results.push(result);
      this.#reached = Math.max(this.#reached, this.results.length);
      progressed();
    }
    if (this.results.length === this.#payments.length) return false;
    if (balance.asOf.hash === this.#sentAt) return true;
    const next = this.#payments.slice(this.results.length, this.results.length + MAX_PENDING);
    this.offered = true;
    this.#reason = (await this.#offer(next)) ?? 'no block';
    this.#sentAt = balance.asOf.hash;
    return false;
  }

  /** Offers the next payments; resolves to why one has to wait, if one has. Throws Failure for one that waiting does not help. */
  async #offer(payments: readonly SignedPayment[]): Promise<string | undefined> {
    const transactions = payments.map(({ transaction }) => transactionInput(transaction, prefixOf(this.#sender)));
    const before = this.#reached;
    this.#reached = Math.max(before, this.results.length + payments.length);
    const { addTransactions } = await this.#modules.ask(SendTransactionsDocument, { transactions });
    for (const [index, outcome] of addTransactions.entries()) {
      if (outcome.__typename !== 'Rejected') continue;
      const text = `${outcome.code}: ${outcome.message}`;
      if (PASSING.has(outcome.code)) return text;
      const { line } = payments[index]!;
      // The node holds back the payments after it, and an earlier offer may have arrived without an answer.
      const taken = addTransactions.findLastIndex(({ __typename }) => __typename !== 'Rejected') + 1;
      this.#reached = Math.max(before, this.results.length + taken);
      throw this.#stopped(`line ${line} was rejected: ${text}`);
    }
    return undefined;
  }

  /** Where it stands when it ends before all are in blocks. */
  #stopped(why: string): Failure {
    const { length } = this.results;
    const underWay = this.#reached - length;
    const { resumed } = this.#modules;
    const others = underWay > 0 || !resumed ? `${underWay} are on their way` : 'others may be on their way';
    const text = `${length} of ${this.#payments.length} are in blocks, ${others}`;
    const inDoubt = this.#payments
      .slice(length, resumed ? undefined : this.#reached)
      .map(({ line, transaction }) => ({ line, id: toHex(transaction.id) }));
    return new BatchStopped(`${why}. Stopped: ${text}; run the same command to go on`, this.results, inDoubt);
  }
}

/** What became of a payment whose nonce is used; undefined if the nonce is free after all. */
async function settled(
  { line, transaction }: SignedPayment,
  sender: string,
  ask: Ask,
): Promise<PaymentResult | undefined> {
  const id = toHex(transaction.id);
  const fate = await fateOf(transaction, sender, ask);
  if (fate.status === 'confirmed') return { line, id, status: 'paid', block: fate.block.height };
  return fate.status === 'nonceUsed' ? { line, id, status: 'nonceUsed' } : undefined;
}

/** What the next block may change: the nonce is used by then, by this payment or another, or there is room again. */
const PASSING: ReadonlySet<RejectionCode> = new Set([
  'NONCE_TOO_LOW',
  'NONCE_TOO_HIGH',
  'NONCE_CONFLICT',
  'SENDER_LIMIT',
  'HELD_BACK_LIMIT',
  'MEMPOOL_FULL',
  'STORAGE_FULL',
]);
/** Payments come block by block: a time would jump with each. */
function blocksLeft(payments: number): string {
  const blocks = Math.ceil(payments / MAX_PENDING);
  return payments === 0 ? '' : `at least ${blocks} ${blocks === 1 ? 'block' : 'blocks'} left`;
}

const POLL_MS = 300;
/** Without any payment in a block. */
const PATIENCE_MS = 600_000;
