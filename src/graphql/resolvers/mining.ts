import { Arg, Authorized, Ctx, Int, Mutation, Resolver } from 'type-graphql';
import type { Rejection } from '../../consensus/rejection.js';
import { MAX_MINED_BLOCKS } from '../../mining/miner.js';
import type { Context } from '../context.js';
import { badUserInput, orStorageFull, rejectedError } from '../errors.js';

import { NodeInfo, type NodeDescription } from '../types/node.js';
import { BlockResult, blockResult, type AcceptedBlock } from '../types/outcomes.js';

@Resolver()
export class MiningResolver {
  @Authorized()
  @Mutation(() => [BlockResult], {
    description:
      'Admin. Mine now: what is pending, or `count` blocks in a row. Stops after the first one that is refused.',
  })
  async mineBlocks(
    @Ctx() { services }: Context,
    @Arg('count', () => Int, { defaultValue: 1, description: 'How many, 1 to 1,000.' }) count: number,
  ): Promise<(AcceptedBlock | Rejection)[]> {
    if (count < 1 || count > MAX_MINED_BLOCKS) {
      throw badUserInput(`count: expected 1 to ${MAX_MINED_BLOCKS}, got ${count}`);
    }
    const outcomes = await orStorageFull(services.miner.mineBlocks(count));
    return 'code' in outcomes ? [outcomes] : outcomes.map((outcome) => blockResult(outcome, false));
  }

  @Authorized()
  @Mutation(() => NodeInfo, { description: 'Admin. Mine in the background from now on.' })
  startMining(@Ctx() { services }: Context): NodeDescription {
    const rejection = services.miner.start();
    if (rejection) throw rejectedError(rejection);
    return services.info;
  }

  @Authorized()
  @Mutation(() => NodeInfo, { description: 'Admin. Stop mining in the background.' })
  stopMining(@Ctx() { services }: Context): NodeDescription {
    services.miner.stop();
    return services.info;
  }
}
