import { Field, ID, ObjectType } from 'type-graphql';
import type { StoredHeader } from '../../chain/chainStore.js';
import { connectionType } from './connection.js';
import { Address, UInt64 } from './scalars.js';
import { Block, TransactionConnection } from './ledger.js';

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

export const BalanceConnection = connectionType('Balance', 'balances', () => Balance);
