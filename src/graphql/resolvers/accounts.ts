import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type {
  AccountPosition,
  ChainReader,
  ConfirmedTransaction,
  HistoryPosition,
  RankedAccount,
  StoredHeader,
} from '../../chain/chainStore.js';
import type { Transaction } from '../../consensus/transaction.js';
import { encodeAddress } from '../../crypto/address.js';
import { Balance, BalanceConnection, type BalanceView } from '../types/account.js';
import { cursorFormat, type ListSource, numberedList, Page } from '../page.js';
import type { Context } from '../context.js';
import { balanceOf } from '../reads.js';
import { PageInput } from '../types/inputs.js';
import { Address } from '../types/scalars.js';

@Resolver(() => Balance)
export class AccountResolver {
  @Query(() => Balance, { description: 'What an account has.' })
  balance(
    @Ctx() { view }: Context,
    @Arg('address', () => Address, { description: 'The account.' }) address: Uint8Array,
  ): BalanceView {
    return balanceOf(view.snapshot, address);
  }

  @Query(() => BalanceConnection, { description: 'The named accounts, or every account, richest first.' })
  balances(
    @Ctx() { view }: Context,
    @Args(() => PageInput) page: PageInput,
    @Arg('addresses', () => [Address], { nullable: true, description: 'At most 100; answered in the order given.' })
    addresses?: Uint8Array[] | null,
  ): Page<RankedAccount, AccountPosition, BalanceView> | Page<unknown, number, BalanceView> {
    if (addresses == null) return new Page(richest(view.snapshot), page);
    const { snapshot } = view;
    const read = (start: number, count: number) =>
      addresses.slice(start, start + count).map((address) => balanceOf(snapshot, address));
    return new Page(
      numberedList(() => addresses.length, read),
      page,
    );
  }

  @FieldResolver()
  id(@Root() { address }: BalanceView, @Ctx() { services: { network } }: Context): string {
    return encodeAddress(network.addressPrefix, address);
  }

  @FieldResolver()
  available(@Root() { address, confirmed }: BalanceView, @Ctx() { services: { mempool } }: Context): bigint {
    const outgoing = mempool.outgoing(address);
    return confirmed > outgoing ? confirmed - outgoing : 0n;
  }

  @FieldResolver()
  incoming(@Root() { address }: BalanceView, @Ctx() { services: { mempool } }: Context): bigint {
    return mempool.incoming(address);
  }

  @FieldResolver()
  nextNonce(@Root() { address, nonce }: BalanceView, @Ctx() { services: { mempool } }: Context): bigint {
    return mempool.nextNonce(address) ?? nonce;
  }

  @FieldResolver()
  asOf(@Ctx() { view }: Context): StoredHeader {
    return view.snapshot.tip();
  }

  @FieldResolver()
  transactions(
    @Root() { address }: BalanceView,
    @Args(() => PageInput) page: PageInput,
    @Ctx() { view }: Context,
  ): Page<ConfirmedTransaction, HistoryPosition, Transaction> {
    return new Page(history(view.snapshot, address), page);
  }
}

function richest(reader: ChainReader): ListSource<RankedAccount, AccountPosition, BalanceView> {
  return {
    cursor: ACCOUNT_CURSOR,
    page: (request) => reader.richest(request),
    position: ({ balance, number }) => ({ balance, number }),
    node: ({ publicKey, account }) => ({ address: publicKey, confirmed: account.balance, nonce: account.nonce }),
    count: () => reader.accountCount(),
  };
}

function history(
  reader: ChainReader,
  address: Uint8Array,
): ListSource<ConfirmedTransaction, HistoryPosition, Transaction> {
  return {
    cursor: HISTORY_CURSOR,
    page: (request) => reader.history(address, request),
    position: ({ block, index }) => ({ height: block.height, index }),
    node: ({ transaction }) => transaction,
    count: () => reader.historyCount(address),
  };
}

const ACCOUNT_CURSOR = cursorFormat<AccountPosition>(
  4,
  12,
  (encoder, { balance, number }) => encoder.u64(balance).u32(number),
  (decoder) => ({ balance: decoder.u64(), number: decoder.u32() }),
);

const HISTORY_CURSOR = cursorFormat<HistoryPosition>(
  5,
  8,
  (encoder, { height, index }) => encoder.u32(height).u32(index),
  (decoder) => ({ height: decoder.u32(), index: decoder.u32() }),
);
