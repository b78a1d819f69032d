import { Arg, Args, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import type { ChainReader, StoredHeader } from '../../chain/chainStore.js';
import { headersAfter } from '../../chain/branches.js';
import { forkHeight } from '../../chain/sideBranches.js';
import { nextTarget, subsidyAt, supplyAt } from '../../consensus/network.js';
import { workOf } from '../../consensus/pow.js';
import { MAX_HEADERS } from '../../consensus/protocol.js';
import { numberedList, Page } from '../page.js';
import type { Context } from '../context.js';
import type { TipStatus } from '../types/enums.js';
import { PageInput } from '../types/inputs.js';
import { Hash } from '../types/scalars.js';
import { Chain } from '../types/ledger.js';

@Resolver(() => Chain)
export class ChainResolver {
  @Query(() => Chain, { description: 'The best chain.' })
  chain(@Ctx() { services: { network }, view: { snapshot } }: Context) {
    const tip = snapshot.tip();
    return {
      id: network.chainId,
      network: network.name,
      height: tip.height,
      tip,
      genesis: () => snapshot.headerAt(0),
      work: tip.work,
      difficulty: () => workOf(nextTarget(network, tip)),
      subsidy: () => subsidyAt(network, tip.height + 1),
      supply: () => supplyAt(network, tip.height),
      tips: () => tipsOf(snapshot),
      reader: snapshot,
    };
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
    return headersAfter(reader, locator, first);
  }
}

/** What a Chain is resolved from, besides its values. */
interface ChainView {
  readonly reader: ChainReader;
}

function tipsOf(reader: ChainReader) {
  const side = reader.sideTips().flatMap((hash) => reader.header(hash) ?? []);
  const view = (block: StoredHeader, status: TipStatus) => ({
    block,
    status,
    forkHeight: () => (status === 'ACTIVE' ? block.height : forkHeight(reader, block)),
    branchLength: () => (status === 'ACTIVE' ? 0 : block.height - forkHeight(reader, block)),
  });
  const tips = [
    view(reader.tip(), 'ACTIVE'),
    ...side.map((block) => view(block, block.invalid ? 'INVALID' : 'VALID_FORK')),
  ];
  return tips.sort((a, b) => (a.block.work > b.block.work ? -1 : a.block.work < b.block.work ? 1 : 0));
}
