import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Mempool } from '../types/mempool.js';
import { Page } from '../lists/page.js';
import type { Context } from '../context.js';
import { PageInput } from '../types/inputs.js';
import { mempoolList, senderList } from '../lists/mempoolList.js';
import { Address } from '../types/scalars.js';
import type { MempoolView } from '../services.js';

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
