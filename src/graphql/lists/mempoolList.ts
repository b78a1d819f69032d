import { equalBytes } from '../../crypto/bytes.js';
import type { PageRequest } from '../../chain/chainStore.js';
import type { Transaction } from '../../consensus/transaction.js';
import { indexRange, type ListSource } from './page.js';
import { cursorFormat } from './cursor.js';
import type { MempoolView } from '../services.js';

/** An entry of the mempool's list as it is now. */
interface Slot {
  readonly transaction: Transaction;
  readonly index: number;
}

/**
 * A place in mining order that outlives its transaction: after (or before) everything that pays `feeRate` and came by `since`.
 * What is held back has no order of its own: without its transaction, such a place is the start of that part.
 */
interface Place extends Rank {
  readonly id: Uint8Array;
}

interface Rank {
  readonly heldBack: boolean;
  /** Base units a byte that the transaction is mined for: its own or, if lower, that of one it has to wait for. */
  readonly feeRate: number;
  /** When the node accepted the transaction that decides the rate, milliseconds since 1970. */
  readonly since: number;
}

/** The mempool in mining order. Paging never leaves out a transaction that was there all the time. */
export function mempoolList(mempool: MempoolView): ListSource<Slot, Place, Transaction> {
  const transactions = mempool.ordered();
  return {
    cursor: PLACE_CURSOR,
    page: (request) => slots(transactions, indexes(mempool, transactions, request)),
    position: ({ transaction, index }) => ({ id: transaction.id, ...rankOf(mempool, transactions, index) }),
    node: (slot) => slot.transaction,
    count: () => transactions.length,
  };
}

/** Pending transactions of one sender, by nonce. */
export function senderList(mempool: MempoolView, sender: Uint8Array): ListSource<Transaction, bigint, Transaction> {
  const transactions = mempool.bySender(sender);
  return {
    cursor: NONCE_CURSOR,
    page: ({ after = -1n, before, limit, fromEnd }) => {
      const range = transactions.filter(({ nonce }) => nonce > after && (before === undefined || nonce < before));
      return fromEnd ? range.slice(-limit) : range.slice(0, limit);
    },
    position: (transaction) => transaction.nonce,
    node: (transaction) => transaction,
    count: () => transactions.length,
  };
}

function slots(transactions: readonly Transaction[], request: PageRequest<number>): Slot[] {
  const { start, end } = indexRange(request, transactions.length);
  return transactions.slice(start, end).map((transaction, offset) => ({ transaction, index: start + offset }));
}

/** The request with its places turned into indexes of the list as it is now. */
function indexes(
  mempool: MempoolView,
  transactions: readonly Transaction[],
  { after, before, limit, fromEnd }: PageRequest<Place>,
): PageRequest<number> {
  const find = (place: Place) => transactions.findIndex(({ id }) => equalBytes(id, place.id));
  const resume = (place: Place) => firstNotBefore(mempool, transactions, place);
  const found = (place: Place | undefined) => (place ? find(place) : -1);
  const afterIndex = found(after);
  const beforeIndex = found(before);
  return {
    after: after && (afterIndex >= 0 ? afterIndex : resume(after) - 1),
    before: before && (beforeIndex >= 0 ? beforeIndex : resume(before)),
    limit,
    fromEnd,
  };
}

/** First index whose rank is not ahead of `rank`. Ranks only fall along the list, so a binary search finds it. */
function firstNotBefore(mempool: MempoolView, transactions: readonly Transaction[], rank: Rank): number {
  let low = 0;
  let high = transactions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAhead(rankOf(mempool, transactions, middle), rank)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Rank of an entry. One that pays more than those of its sender before it is mined right after them, at their rank, so only
 * the run of the same sender that it stands in needs to be looked at.
 */
function rankOf(mempool: MempoolView, transactions: readonly Transaction[], index: number): Rank {
  const { sender, id } = transactions[index]!;
  if (mempool.get(id)?.missingNonce !== undefined) return { heldBack: true, feeRate: 0, since: 0 };
  let rank: Rank | undefined;
  for (let i = index; i >= 0; i--) {
    const transaction = transactions[i]!;
    if (!equalBytes(transaction.sender, sender)) break;
    const own = {
      heldBack: false,
      feeRate: Number(transaction.fee) / transaction.size,
      since: mempool.get(transaction.id)?.since ?? 0,
    };
    if (!rank || isAhead(rank, own)) rank = own;
  }
  return rank!;
}

function isAhead(a: Rank, b: Rank): boolean {
  if (a.heldBack !== b.heldBack) return b.heldBack;
  return a.feeRate !== b.feeRate ? a.feeRate > b.feeRate : a.since < b.since;
}

const PLACE_CURSOR = cursorFormat<Place>(
  2,
  1 + 8 + 8 + 32,
  (encoder, { heldBack, feeRate, since, id }) => {
    encoder
      .u8(heldBack ? 1 : 0)
      .raw(new Uint8Array(Float64Array.of(feeRate).buffer))
      .u64(BigInt(since))
      .raw(id);
  },
  (decoder) => ({
    heldBack: decoder.u8() === 1,
    feeRate: new Float64Array(decoder.raw(8).slice().buffer)[0]!,
    since: Number(decoder.u64()),
    id: decoder.raw(32),
  }),
);

const NONCE_CURSOR = cursorFormat<bigint>(
  3,
  8,
  (encoder, nonce) => encoder.u64(nonce),
  (decoder) => decoder.u64(),
);
