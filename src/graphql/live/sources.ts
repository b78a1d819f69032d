import type { ChainReader, StoredHeader } from '../../chain/chainStore.js';
import { forkPoint } from '../../chain/branches.js';
import { badUserInput, slowConsumer, unknownBlock } from '../errors.js';
import type { RequestView } from '../context.js';
import type { Activity } from './activity.js';
import type { Source } from './feed.js';
import { toHex } from '../../crypto/bytes.js';
import type { Transaction } from '../../consensus/transaction.js';
import { balanceOf, confirmationsOf, findTransaction, statusOf, type StatusView } from '../reads.js';
import type { Services } from '../services.js';
import type { BalanceView } from '../types/account.js';

/** Four batches of transactions. They are references: the transactions are the mempool's own. */
export const MAX_WAITING_EVENTS = 4_096;

/** Where a follower of the best chain starts: at most one of the two, neither for what comes from now on. */
export interface Resumption {
  readonly afterHeight?: number | null;
  readonly afterHash?: Uint8Array | null;
}

/**
 * Follows the best chain from block to block by its last position alone: a reader that is days behind costs nothing. After a
 * reorganization it goes on at the block after the fork point, so a block that is not above the one before undoes what it had.
 */
export class BlockSource implements Source<StoredHeader> {
  readonly #tipChanged: Activity['tipChanged'];
  /** The last block that was reported; undefined before genesis. */
  #last: StoredHeader | undefined;

  /** Throws BAD_USER_INPUT, or UNKNOWN_BLOCK for a hash that `reader` does not know. */
  constructor(from: Resumption, reader: ChainReader, tipChanged: Activity['tipChanged']) {
    this.#tipChanged = tipChanged;
    this.#last = startOf(from, reader);
  }

  listen(wake: () => void): () => void {
    return this.#tipChanged.on(wake);
  }

  next({ snapshot }: Pick<RequestView, 'snapshot'>): StoredHeader | undefined {
    const before = this.#last && forkPoint(snapshot, this.#last);
    if (this.#last && !before) throw slowConsumer('the branch of the last block that was read is forgotten');
    const block = snapshot.headerAt(before ? before.height + 1 : 0);
    if (block) this.#last = block;
    return block;
  }
}

function startOf({ afterHeight, afterHash }: Resumption, reader: ChainReader): StoredHeader | undefined {
  const tip = reader.tip();
  if (afterHash != null) {
    if (afterHeight != null) throw badUserInput('expected at most one of afterHeight and afterHash, got both');
    const block = reader.header(afterHash);
    if (block) return block;
    throw unknownBlock('afterHash: this node does not know the block: name an earlier one');
  }
  if (afterHeight == null) return tip;
  if (afterHeight < -1) throw badUserInput(`afterHeight: expected -1 or above, got ${afterHeight}`);
  // The best chain can be heavier and shorter than the branch that the client saw: then at least its tip is news.
  return reader.headerAt(afterHeight > tip.height ? tip.height - 1 : afterHeight);
}

export interface StatusQuestion {
  readonly id: Uint8Array;
  /** Enough of them end it. */
  readonly confirmations: number;
}

/** The status of a transaction once it has one, then each change, until it is dropped or confirmed enough. */
export class StatusSource implements Source<StatusView> {
  readonly #question: StatusQuestion;
  readonly #services: Pick<Services, 'mempool' | 'activity'>;
  readonly #listening: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #transaction: Transaction | undefined;
  #reported: string | undefined;
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
    if (text === this.#reported) return undefined;
    this.#reported = text;
    return status;
  }

  #find(view: RequestView): Transaction | undefined {
    const transaction = findTransaction({ services: this.#services, view }, this.#question.id)?.transaction;
    // When the missing nonce comes, the sender is touched, not the transaction that was held back.
    if (transaction) this.#listening.push(this.#services.activity.touched.on(transaction.sender, this.#wake!));
    return transaction;
  }

  /** A text that differs for every status worth an event; notes whether it is the last. */
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

/** The balance of an account now, then whenever a figure of it changes. Only the newest figures are reported. */
export function balanceSource(
  address: Uint8Array,
  { mempool, activity }: Pick<Services, 'mempool' | 'activity'>,
): Source<BalanceView> {
  let reported: string | undefined;
  return {
    listen: (wake) => activity.touched.on(address, wake),
    next: ({ snapshot }: Pick<RequestView, 'snapshot'>) => {
      const balance = balanceOf(snapshot, address);
      const pending = [mempool.outgoing(address), mempool.incoming(address), mempool.nextNonce(address)];
      const figures = [balance.confirmed, balance.nonce, ...pending].join();
      if (figures === reported) return undefined;
      reported = figures;
      return balance;
    },
  };
}

/**
 * Events for a subscriber, one by one, in order. When more than MAX_WAITING_EVENTS wait to be read, all are dropped and the subscription
 * ends with SLOW_CONSUMER: to leave some out silently would be worse.
 */
export class QueueSource<Value> implements Source<Value> {
  readonly #subscribe: (listener: (value: Value) => void) => () => void;
  #waiting: Value[] = [];
  #overflowed = false;

  constructor(subscribe: (listener: (value: Value) => void) => () => void) {
    this.#subscribe = subscribe;
  }

  listen(wake: () => void): () => void {
    return this.#subscribe((value) => {
      if (this.#overflowed) return;
      if (this.#waiting.length < MAX_WAITING_EVENTS) {
        this.#waiting.push(value);
      } else {
        this.#waiting = [];
        this.#overflowed = true;
      }
      wake();
    });
  }

  next(): Value | undefined {
    if (this.#overflowed) throw slowConsumer(`more than ${MAX_WAITING_EVENTS} events waited to be read`);
    return this.#waiting.shift();
  }
}
