import { Arg, Args, Ctx, Field, FieldResolver, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { MempoolView } from '../services.js';
import { TransactionConnection } from '../types/ledger.js';
import { Address, UInt64 } from '../types/scalars.js';
import { cursorFormat, type ListSource, Page } from '../page.js';
import type { Context } from '../context.js';
import { PageInput } from '../types/inputs.js';
import type { Transaction } from '../../consensus/transaction.js';
import type { Place, PlacedTransaction } from '../../mempool/miningOrder.js';

@ObjectType({ description: 'Valid transactions that wait to be mined by this node or another.', simpleResolvers: true })
export class Mempool implements Pick<MempoolView, 'size' | 'bytes' | 'maxSize' | 'maxBytes' | 'minimumFee'> {
  @Field(() => Int, { description: 'Transactions held.' })
  declare readonly size: number;

  @Field(() => Int, { description: 'Bytes held.' })
  declare readonly bytes: number;

  @Field(() => Int, { description: 'Transactions at which the lowest fee rate is evicted.' })
  declare readonly maxSize: number;

  @Field(() => Int, { description: 'Bytes at which the lowest fee rate is evicted.' })
  declare readonly maxBytes: number;

  @Field(() => UInt64, { description: 'Lowest fee that would be admitted now.' })
  declare readonly minimumFee: () => bigint;

  @Field(() => TransactionConnection, {
    description:
      'In mining order, then those held back; of one sender alone by nonce. At most 100 a page, 20 by default. A cursor outlives its transaction: the list goes on at its fee rate and order of arrival, and may repeat what stands there.',
  })
  declare readonly transactions: unknown;
}

@Resolver(() => Mempool)
export class MempoolResolver {
  @Query(() => Mempool, { description: 'Transactions that wait to be mined.' })
  mempool(@Ctx() { services }: Context): MempoolView {
    return services.mempool;
  }

  @FieldResolver()
  transactions(
    @Root() mempool: MempoolView,
    @Args(() => PageInput) page: PageInput,
    @Arg('sender', () => Address, { nullable: true, description: 'Only transactions of this account.' })
    sender?: Uint8Array | null,
  ): object {
    return sender == null ? new Page(mempoolList(mempool), page) : new Page(senderList(mempool, sender), page);
  }
}

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
  (encoder, { heldBack, feeRate, sequence, id }) => {
    encoder
      .u8(heldBack ? 1 : 0)
      .raw(new Uint8Array(Float64Array.of(feeRate).buffer))
      .u64(BigInt(sequence))
      .raw(id);
  },
  (decoder) => ({
    heldBack: decoder.u8() === 1,
    feeRate: new Float64Array(decoder.raw(8).slice().buffer)[0]!,
    sequence: Number(decoder.u64()),
    id: decoder.raw(32),
  }),
);

const NONCE_CURSOR = cursorFormat<bigint>(
  3,
  8,
  (encoder, nonce) => encoder.u64(nonce),
  (decoder) => decoder.u64(),
);
