import { Arg, Args, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import type { StoredHeader } from '../../chain/chainStore.js';
import { headersAfter, sideBranch } from '../../chain/branches.js';
import { nextTarget, subsidyAt, supplyAt } from '../../consensus/network.js';
import { workOf } from '../../consensus/pow.js';
import { MAX_HEADERS, MAX_LOCATOR_HASHES } from '../../consensus/protocol.js';
import { numberedList, Page } from '../page.js';
import type { Context } from '../context.js';
import type { TipStatus } from '../types/enums.js';
import { badUserInput } from '../errors.js';
import { PageInput } from '../types/inputs.js';
import { Hash } from '../types/scalars.js';
import { Chain, ChainTip, type ChainView } from '../types/ledger.js';

@Resolver(() => Chain)
export class ChainResolver {
  @Query(() => Chain, { description: 'The best chain.' })
  chain(@Ctx() { services: { network }, view }: Context): ChainView {
    return { id: network.chainId, network: network.name, reader: view.snapshot };
  }

  @FieldResolver()
  height(@Root() { reader }: ChainView): number {
    return reader.tip().height;
  }

  @FieldResolver()
  tip(@Root() { reader }: ChainView): StoredHeader {
    return reader.tip();
  }

  @FieldResolver()
  genesis(@Root() { reader }: ChainView): StoredHeader | undefined {
    return reader.headerAt(0);
  }

  @FieldResolver()
  work(@Root() { reader }: ChainView): bigint {
    return reader.tip().work;
  }

  @FieldResolver()
  difficulty(@Root() { reader }: ChainView, @Ctx() { services: { network } }: Context): bigint {
    return workOf(nextTarget(network, reader.tip()));
  }

  @FieldResolver()
  subsidy(@Root() { reader }: ChainView, @Ctx() { services: { network } }: Context): bigint {
    return subsidyAt(network, reader.tip().height + 1);
  }

  @FieldResolver()
  supply(@Root() { reader }: ChainView, @Ctx() { services: { network } }: Context): bigint {
    return supplyAt(network, reader.tip().height);
  }

  @FieldResolver()
  blocks(@Root() { reader }: ChainView, @Args(() => PageInput) page: PageInput): Page<unknown, number, StoredHeader> {
    const read = (start: number, count: number) => reader.headersFrom(start, count);
    return new Page(
      numberedList(() => reader.tip().height + 1, read),
      page,
    );
  }

  @FieldResolver()
  headersAfter(
    @Root() { reader }: ChainView,
    @Arg('first', () => Int, { defaultValue: MAX_HEADERS, description: 'How many, 0 to 2,000.' }) first: number,
    @Arg('locator', () => [Hash], { description: 'Block hashes, latest first, at most 101.' }) locator: Uint8Array[],
  ): StoredHeader[] {
    if (locator.length > MAX_LOCATOR_HASHES) {
      throw badUserInput(`locator: expected at most ${MAX_LOCATOR_HASHES} hashes, got ${locator.length}`);
    }
    if (first < 0 || first > MAX_HEADERS) throw badUserInput(`first: expected 0 to ${MAX_HEADERS}, got ${first}`);
    return headersAfter(reader, locator, first);
  }

  @FieldResolver()
  tips(@Root() { reader }: ChainView): Pick<ChainTip, 'block' | 'status'>[] {
    const side = reader.sideTips().flatMap((hash) => reader.header(hash) ?? []);
    const sideStatus = ({ invalid }: StoredHeader): TipStatus => (invalid ? 'INVALID' : 'VALID_FORK');
    const active: TipStatus = 'ACTIVE';
    const tips = [
      { block: reader.tip(), status: active },
      ...side.map((block) => ({ block, status: sideStatus(block) })),
    ];
    return tips.sort((a, b) => (a.block.work > b.block.work ? -1 : a.block.work < b.block.work ? 1 : 0));
  }
}

@Resolver(() => ChainTip)
export class ChainTipResolver {
  @FieldResolver()
  forkHeight(@Root() { block }: ChainTip, @Ctx() { view }: Context): number {
    return sideBranch(view.snapshot, block).forkPoint.height;
  }

  @FieldResolver()
  branchLength(@Root() { block }: ChainTip, @Ctx() { view }: Context): number {
    return sideBranch(view.snapshot, block).connect.length;
  }
}
