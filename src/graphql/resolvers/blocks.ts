import { Arg, Args, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import type { StoredHeader } from '../../chain/chainStore.js';
import { subsidyAt } from '../../consensus/network.js';
import { workOf } from '../../consensus/pow.js';
import type { Transaction } from '../../consensus/transaction.js';
import { toHex } from '../../crypto/bytes.js';
import { numberedList, Page } from '../page.js';
import type { Context } from '../context.js';
import { badUserInput } from '../errors.js';
import { confirmationsOf } from '../reads.js';
import { PageInput } from '../types/inputs.js';
import { Hash } from '../types/scalars.js';
import { Block } from '../types/ledger.js';

@Resolver(() => Block)
export class BlockResolver {
  @Query(() => Block, {
    nullable: true,
    description:
      'A block by its place on the best chain, or by its hash on any branch. Exactly one of `height`, `hash`; otherwise BAD_USER_INPUT.',
  })
  block(
    @Ctx() { view }: Context,
    @Arg('hash', () => Hash, { nullable: true, description: 'Block hash.' }) hash?: Uint8Array | null,
    @Arg('height', () => Int, { nullable: true, description: 'Height on the best chain.' }) height?: number | null,
  ): StoredHeader | undefined {
    if ((height == null) === (hash == null)) {
      throw badUserInput(`expected exactly one of height and hash, got ${height == null ? 'none' : 'both'}`);
    }
    if (hash != null) return view.snapshot.header(hash);
    if (height! < 0) throw badUserInput(`height: expected 0 or above, got ${height}`);
    return view.snapshot.headerAt(height!);
  }

  @Query(() => [Block], {
    nullable: 'items',
    description:
      'Bodies by hash, for sync; at most 128 and at most 8 MiB to a peer that proves its identity, 1.5 MiB or one block to others, the rest left out as null, like unknown ones.',
  })
  blocks(
    @Ctx() { view }: Context,
    @Arg('hashes', () => [Hash], { description: 'Block hashes, at most 128.' }) hashes: Uint8Array[],
  ): (StoredHeader | undefined)[] {
    let bytes = 0;
    return hashes.map((hash) => {
      const header = view.snapshot.header(hash);
      if (!header) return undefined;
      const isFirst = bytes === 0;
      bytes += header.size;
      return isFirst || bytes <= view.limits.blocksBytes ? header : undefined;
    });
  }

  @FieldResolver()
  id(@Root() { hash }: StoredHeader): string {
    return toHex(hash);
  }

  @FieldResolver()
  difficulty(@Root() { target }: StoredHeader): bigint {
    return workOf(target);
  }

  @FieldResolver()
  async reward(@Root() block: StoredHeader, @Ctx() { services, view }: Context): Promise<bigint> {
    return subsidyAt(services.network, block.height) + (await view.fees(block));
  }

  @FieldResolver()
  body(@Root() block: StoredHeader, @Ctx() { view }: Context): Promise<Uint8Array> {
    return view.body(block);
  }

  @FieldResolver()
  transactions(
    @Root() { hash, transactionCount }: StoredHeader,
    @Args(() => PageInput) page: PageInput,
    @Ctx() { view }: Context,
  ): Page<unknown, number, Transaction> {
    const { snapshot } = view;
    const read = (start: number, count: number) => snapshot.transactions(hash, start, count);
    return new Page(
      numberedList(() => transactionCount, read),
      page,
    );
  }

  @FieldResolver()
  confirmations(@Root() block: StoredHeader, @Ctx() { view }: Context): number {
    return confirmationsOf(view.snapshot, block);
  }
}
