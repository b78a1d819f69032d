import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { StoredHeader } from '../../chain/chainStore.js';
import { connectionType } from './connection.js';
import { Address, UInt64 } from './scalars.js';
import type { MempoolView } from '../services.js';
import { Block, TransactionConnection } from './ledger.js';

/** Types of accounts and of what they have under way. */

@ObjectType({
  description: 'What an account has. Every address has one: an account without coins has 0.',
  simpleResolvers: true,
})
export class Balance implements BalanceView {
  @Field(() => ID, { description: 'The address, which names the account in caches of clients.' })
  declare readonly id: string;

  @Field(() => Address, { description: 'The account.' })
  declare readonly address: Uint8Array;

  @Field(() => UInt64, { description: 'Base units on the best chain.' })
  declare readonly confirmed: bigint;

  @Field(() => UInt64, {
    description: "`confirmed` less amounts and fees of this address's pending transactions: what it can spend now.",
  })
  declare readonly available: bigint;

  @Field(() => UInt64, { description: 'Amounts on their way to this address in the mempool.' })
  declare readonly incoming: bigint;

  @Field(() => UInt64, { description: 'Next nonce on the best chain.' })
  declare readonly nonce: bigint;

  @Field(() => UInt64, {
    description: 'Next nonce counting pending transactions: what a new transaction must carry.',
  })
  declare readonly nextNonce: bigint;

  @Field(() => Block, { description: 'The tip these figures are of.' })
  declare readonly asOf: StoredHeader;

  @Field(() => TransactionConnection, {
    description: 'Confirmed transactions sent or received, newest first. At most 100 a page, 20 by default.',
  })
  declare readonly transactions: unknown;
}

/** What a Balance is resolved from. */
export interface BalanceView {
  readonly address: Uint8Array;
  readonly confirmed: bigint;
  readonly nonce: bigint;
}

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

export const BalanceConnection = connectionType('Balance', 'balances', () => Balance);
