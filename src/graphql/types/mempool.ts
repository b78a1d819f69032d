import { Field, Int, ObjectType } from 'type-graphql';
import type { MempoolView } from '../services.js';
import { TransactionConnection } from './ledger.js';
import { UInt64 } from './scalars.js';

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
      'In mining order, then those held back; of one sender alone by nonce. At most 100 a page, 20 by default. A cursor outlives its transaction: the list goes on at its fee rate and time of arrival, and may repeat what shares both.',
  })
  declare readonly transactions: unknown;
}
