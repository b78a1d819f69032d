import { toHex } from '../../crypto/bytes.js';
import type { Transaction } from '../../consensus/transaction.js';
import type { RequestView } from '../context.js';
import { badUserInput } from '../errors.js';
import { confirmationsOf } from '../resolvers/blocks.js';
import { findTransaction, statusOf, type StatusView } from '../resolvers/transactions.js';
import type { Services } from '../services.js';
import type { Source } from './feed.js';

export interface StatusQuestion {
  readonly id: Uint8Array;
  /** Enough of them end it. */
  readonly confirmations: number;
}

/** The status of a transaction once it has one, then whenever it is another, until it is dropped or confirmed enough. */
export class StatusSource implements Source<StatusView> {
  readonly #question: StatusQuestion;
  readonly #services: Pick<Services, 'mempool' | 'activity'>;
  readonly #listening: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #transaction: Transaction | undefined;
  #told: string | undefined;
  #ended = false;

  /** Throws BAD_USER_INPUT. */
  constructor(question: StatusQuestion, services: Pick<Services, 'mempool' | 'activity'>) {
    const { confirmations } = question;
    if (confirmations < 1) throw badUserInput(`confirmations: expected 1 or above, got ${confirmations}`);
    this.#question = question;
    this.#services = services;
  }

  get ended(): boolean {
    return this.#ended;
  }

  listen(wake: () => void): () => void {
    const { activity } = this.#services;
    this.#wake = wake;
    this.#listening.push(activity.tipChanged.on(wake), activity.touched.on(this.#question.id, wake));
    return () => {
      for (const stop of this.#listening) stop();
    };
  }

  next(view: RequestView): StatusView | undefined {
    const context = { services: this.#services, view };
    const transaction = (this.#transaction ??= this.#find(view));
    if (!transaction) return undefined;
    const status = statusOf(context, transaction);
    const text = this.#judge(status, view);
    if (text === this.#told) return undefined;
    this.#told = text;
    return status;
  }

  #find(view: RequestView): Transaction | undefined {
    const transaction = findTransaction({ services: this.#services, view }, this.#question.id)?.transaction;
    // One that is held back is not touched itself when what it waits for comes: its sender is.
    if (transaction) this.#listening.push(this.#services.activity.touched.on(transaction.sender, this.#wake!));
    return transaction;
  }

  /** A text that is another for every status worth telling; notes whether it is the last. */
  #judge(status: StatusView, { snapshot }: RequestView): string {
    if ('reason' in status) {
      this.#ended = true;
      return 'dropped';
    }
    if (!('block' in status)) return `pending ${status.missingNonce ?? ''}`;
    const confirmations = confirmationsOf(snapshot, status.block);
    this.#ended = confirmations >= this.#question.confirmations;
    return `${toHex(status.block.hash)} ${confirmations}`;
  }
}
