import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { Rejection } from '../../consensus/rejection.js';
import type { Delivery } from '../../peers/peer.js';
import type { Context } from '../context.js';
import { orStorageFull } from '../errors.js';
import { BlockInput, blockOf } from '../types/inputs.js';
import {
  BlockAccepted,
  blockResult,
  BlockResult,
  TransactionAccepted,
  type AcceptedBlock,
  type AcceptedTransaction,
} from '../types/outcomes.js';

/** Blocks that other nodes forward, and what this one's peers answered to what it forwards. */
@Resolver(() => TransactionAccepted)
export class RelayResolver {
  @Mutation(() => BlockResult, {
    description:
      'Peer: a block forwarded by another node. The header `corrente-node` names the node that forwards it, and that node does not get it back.',
  })
  async receiveBroadcastBlock(
    @Ctx() { services, giver }: Context,
    @Arg('block', () => BlockInput, { description: 'The block with its transactions.' }) input: BlockInput,
  ): Promise<AcceptedBlock | Rejection> {
    const block = blockOf(services.network, input);
    if ('code' in block) return block;
    const outcome = await orStorageFull(services.relay.receiveBlock(block, giver));
    return 'code' in outcome ? outcome : blockResult(outcome, true);
  }

  @FieldResolver()
  deliveries(@Root() { transaction, background }: AcceptedTransaction, @Ctx() context: Context): Deliveries {
    return background ? [] : context.services.gossip.deliveries(transaction.id);
  }
}

@Resolver(() => BlockAccepted)
export class BlockAcceptedResolver {
  @FieldResolver()
  deliveries(@Root() { block, background }: AcceptedBlock, @Ctx() context: Context): Deliveries {
    return background ? [] : context.services.gossip.deliveries(block.hash);
  }
}

type Deliveries = readonly Delivery[] | Promise<readonly Delivery[]>;
