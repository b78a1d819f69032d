import type { Transaction } from '../../consensus/transaction.js';
import type { Place, PlacedTransaction } from '../../mempool/miningList.js';
import type { ListSource } from './page.js';
import { cursorFormat } from './cursor.js';
import type { MempoolView } from '../services.js';

/** The mempool in mining order. */
export function mempoolList(mempool: MempoolView): ListSource<PlacedTransaction, Place, Transaction> {
  return {
    cursor: PLACE_CURSOR,
    page: (request) => mempool.page(request),
    position: ({ place }) => place,
    node: ({ transaction }) => transaction,
    count: () => mempool.size,
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
