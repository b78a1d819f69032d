import type { ChainReader, StoredHeader } from '../../chain/chainStore.js';
import { forkPoint } from '../../chain/branches.js';
import { badUserInput, codedError, slowConsumer } from '../errors.js';
import type { RequestView } from '../requestView.js';
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
 * Throws BAD_USER_INPUT, or UNKNOWN_BLOCK for a hash that `reader` does not know.
 */
export function blockSource(from: Resumption, reader: ChainReader, tipChanged: Activity['tipChanged']) {
  /** The last block that was reported; undefined before genesis. */
  let last = startOf(from, reader);
  return {
    listen: (wake: () => void) => tipChanged.on(wake),
    next: ({ snapshot }: Pick<RequestView, 'snapshot'>): StoredHeader | undefined => {
      const before = last && forkPoint(snapshot, last);
      if (last && !before) throw slowConsumer('the branch of the last block that was read is forgotten');
      const block = snapshot.headerAt(before ? before.height + 1 : 0);
      if (block) last = block;
      return block;
    },
  };
}

function startOf({ afterHeight, afterHash }: Resumption, reader: ChainReader): StoredHeader | undefined {
  const tip = reader.tip();
  if (afterHash != null) {
    if (afterHeight != null) throw badUserInput('expected at most one of afterHeight and afterHash, got both');
    const block = reader.header(afterHash);
    if (block) return block;
    throw codedError('UNKNOWN_BLOCK', 'afterHash: this node does not know the block: name an earlier one');
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

/**
 * The status of a transaction once it has one, then each change, until it is dropped or confirmed enough. Throws BAD_USER_INPUT.
 */
export function statusSource(
  { id, confirmations }: StatusQuestion,
  services: Pick<Services, 'mempool' | 'activity'>,
): Source<StatusView> {
  if (confirmations < 1) throw badUserInput(`confirmations: expected 1 or above, got ${confirmations}`);
  const { tipChanged, touched } = services.activity;
  const listening: (() => void)[] = [];
  let wakeReader: () => void;
  let transaction: Transaction | undefined;
  let reported: string | undefined;
  let ended = false;
  /** A text that differs for every status worth an event; notes whether it is the last. */
  const judge = (status: StatusView, { snapshot }: RequestView): string => {
    if ('reason' in status) {
      ended = true;
      return 'dropped';
    }
    if (!('block' in status)) return `pending ${status.missingNonce ?? ''}`;
    const reached = confirmationsOf(snapshot, status.block);
    ended = reached >= confirmations;
    return `${toHex(status.block.hash)} ${reached}`;
  };
  return {
    get ended() {
      return ended;
    },
    listen: (wake) => {
      wakeReader = wake;
      listening.push(tipChanged.on(wake), touched.on(id, wake));
      return () => {
        for (const stop of listening) stop();
      };
    },
    next: (view) => {
      const context = { services, view };
      if (!transaction) {
        transaction = findTransaction(context, id)?.transaction;
        if (!transaction) return undefined;
        // When the missing nonce comes, the sender is touched, not the transaction that was held back.
        listening.push(touched.on(transaction.sender, wakeReader));
      }
      const status = statusOf(context, transaction);
      const text = judge(status, view);
      if (text === reported) return undefined;
      reported = text;
      return status;
    },
  };
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
export function queueSource<Value>(subscribe: (listener: (value: Value) => void) => () => void): Source<Value> {
  let waiting: Value[] = [];
  let overflowed = false;
  return {
    listen: (wake) =>
      subscribe((value) => {
        if (overflowed) return;
        if (waiting.length < MAX_WAITING_EVENTS) {
          waiting.push(value);
        } else {
          waiting = [];
          overflowed = true;
        }
        wake();
      }),
    next: () => {
      if (overflowed) throw slowConsumer(`more than ${MAX_WAITING_EVENTS} events waited to be read`);
      return waiting.shift();
    },
  };
}
