import { Arg, Authorized, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';
import { describeRejection, type Rejection } from '../../consensus/rejection.js';
import type { Delivery } from '../../peers/peer.js';
import { isMember, requireMember, type Scope } from '../access.js';
import type { Context } from '../context.js';
import { badUserInput, codedError, orStorageFull } from '../errors.js';
import { chargeFaults } from '../limits.js';
import { BlockBodyInput, BlockHeaderInput, BlockInput, headerOf, readingBlock } from '../types/inputs.js';
import {
  type AcceptedBlock,
  type AcceptedTransaction,
  BlockAccepted,
  blockResult,
  BlockResult,
  OfferResult,
  TransactionAccepted,
} from '../types/outcomes.js';
import { nodeView, type NodeView } from '../reads.js';
import { NodeInfo } from '../types/node.js';
import type { BlockHeader } from '../../consensus/block.js';
import type { Wanted } from '../../peers/ports.js';
import { inTurns } from '../../util/turns.js';

/** Blocks that other nodes forward, and what this one's peers answered to what it forwards. */
@Resolver(() => TransactionAccepted)
export class RelayResolver {
  @Mutation(() => BlockResult, {
    description:
      'Peer: a block forwarded by another node. The node that forwards it, by its signed envelope (docs/protocol.md), does not get it back; without one it is a stranger’s.',
  })
  async receiveBroadcastBlock(
    @Ctx() context: Context,
    @Arg('block', () => BlockInput, { description: 'The block with its transactions.' }) input: BlockInput,
  ): Promise<AcceptedBlock | Rejection> {
    const { services, giver, budget } = context;
    requireMember(context);
    const block = await inTurns(readingBlock(services.network, input));
    if ('code' in block) {
      services.relay.refused('block', [block], giver);
      chargeFaults(budget, 'block', [block]);
      return block;
    }
    const outcome = await orStorageFull(services.relay.receiveBlock(block, giver));
    const result = 'code' in outcome ? outcome : blockResult(outcome, true);
    chargeFaults(budget, 'block', [result]);
    return result;
  }

  @FieldResolver()
  deliveries(@Root() { transaction, background }: AcceptedTransaction, @Ctx() context: Context): Deliveries {
    return background || !isMember(context) ? [] : context.services.gossip.deliveries(transaction.id);
  }
}

@Resolver(() => BlockAccepted)
export class BlockAcceptedResolver {
  @FieldResolver()
  deliveries(@Root() { block, background }: AcceptedBlock, @Ctx() context: Context): Deliveries {
    return background || !isMember(context) ? [] : context.services.gossip.deliveries(block.hash);
  }
}

type Deliveries = readonly Delivery[] | Promise<readonly Delivery[]>;

@Resolver()
export class MiningResolver {
  @Authorized<Scope>('mine')
  @Mutation(() => [BlockResult], {
    description:
      'Admin, with the scope `mine`. Mine now: what is pending, or `count` blocks in a row. Stops after the first one that is refused.',
  })
  async mineBlocks(
    @Ctx() { services }: Context,
    @Arg('count', () => Int, { defaultValue: 1, description: 'How many, 1 to 1,000.' }) count: number,
  ): Promise<(AcceptedBlock | Rejection)[]> {
    const outcomes = await orStorageFull(services.miner.mineBlocks(count));
    return 'code' in outcomes ? [outcomes] : outcomes.map((outcome) => blockResult(outcome, false));
  }

  @Authorized<Scope>('mine')
  @Mutation(() => NodeInfo, { description: 'Admin, with the scope `mine`. Mine in the background from now on.' })
  async startMining(@Ctx() { services }: Context): Promise<NodeView> {
    const rejection = await services.miner.start();
    if (rejection) throw codedError(rejection.code, describeRejection(rejection));
    return nodeView(services);
  }

  @Authorized<Scope>('mine')
  @Mutation(() => NodeInfo, { description: 'Admin, with the scope `mine`. Stop mining in the background.' })
  async stopMining(@Ctx() { services }: Context): Promise<NodeView> {
    await services.miner.stop();
    return nodeView(services);
  }
}

@Resolver()
export class OfferResolver {
  @Mutation(() => OfferResult, {
    description:
      "Peer: headers of the sender's best chain, for a node that cannot reach the sender. The header of its tip alone, whose proof of work must be good, begins an offer; after it send what each answer wants, until the offer is over. No body is wanted before the headers have shown more work.",
  })
  async receiveBroadcastHeaders(
    @Ctx() context: Context,
    @Arg('headers', () => [BlockHeaderInput], { description: 'Oldest first, at most 2,000.' })
    inputs: BlockHeaderInput[],
    @Arg('offer', () => String, {
      nullable: true,
      description: 'Name of the offer, from an earlier answer; null begins an offer.',
    })
    offer?: string | null,
  ): Promise<Wanted | Rejection> {
    requireMember(context);
    const headers: BlockHeader[] = [];
    for (const input of inputs) {
      const header = headerOf(input);
      if ('code' in header) return header;
      headers.push(header);
    }
    const { services, giver, budget } = context;
    if (offer != null) return services.offers.headers(offer, headers);
    if (headers.length !== 1)
      throw badUserInput(`headers: expected the tip's alone without offer, got ${headers.length}`);
    const begun = await services.offers.begin(headers[0]!, giver);
    chargeFaults(budget, 'block', [begun]);
    if ('code' in begun) services.relay.refused('block', [begun], giver);
    return begun;
  }

  @Mutation(() => OfferResult, { description: 'Peer: bodies that the answer to an offer wants; at most 128.' })
  async receiveBroadcastBodies(
    @Ctx() context: Context,
    @Arg('offer', () => String, { description: 'Name of the offer, from an earlier answer.' }) offer: string,
    @Arg('bodies', () => [BlockBodyInput], { description: 'At most 128.' }) bodies: BlockBodyInput[],
  ): Promise<Wanted> {
    requireMember(context);
    return context.services.offers.bodies(offer, bodies);
  }
}
