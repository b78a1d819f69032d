import { Arg, Authorized, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';
import type { AddBlockOutcome } from '../../chain/outcome.js';
import type { Block } from '../../consensus/block.js';
import type { Rejection } from '../../consensus/rejection.js';
import { createTransaction, malformedTransaction, type Transaction } from '../../consensus/transaction.js';
import { MAX_MINED_BLOCKS } from '../../mining/miner.js';
import type { Delivery } from '../../peers/peer.js';
import type { Context } from '../context.js';
import { badUserInput, orStorageFull, rejectedError } from '../errors.js';
import { BlockInput, headerOf } from '../types/inputs.js';
import { NodeInfo } from '../types/node.js';
import { BlockAccepted, BlockResult, type AcceptedBlock } from '../types/outcomes.js';
import type { NodeDescription } from '../services.js';

@Resolver(() => BlockAccepted)
export class MiningResolver {
  @Mutation(() => BlockResult, {
    description:
      'Peer: a block forwarded by another node. The header `corrente-node` names the node that forwards it, which is not told again.',
  })
  async receiveBroadcastBlock(
    @Ctx() { services, giver }: Context,
    @Arg('block', () => BlockInput, { description: 'The block with its transactions.' }) input: BlockInput,
  ): Promise<AcceptedBlock | Rejection> {
    const block = blockOf(services.network.chainId, input);
    if ('code' in block) return block;
    const outcome = await orStorageFull(services.blocks.receive(block, giver));
    return 'code' in outcome ? outcome : blockResult(outcome, true);
  }

  @Authorized()
  @Mutation(() => [BlockResult], {
    description:
      'Admin. Mine now: what is pending, or `count` blocks in a row. Stops after the first one that is refused.',
  })
  async mineBlocks(
    @Ctx() { services }: Context,
    @Arg('count', () => Int, { defaultValue: 1, description: 'How many, 1 to 1,000.' }) count: number,
  ): Promise<(AcceptedBlock | Rejection)[]> {
    if (count < 1 || count > MAX_MINED_BLOCKS)
      throw badUserInput(`count: expected 1 to ${MAX_MINED_BLOCKS}, got ${count}`);
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
  @Mutation(() => NodeInfo, { description: 'Admin. Mine no more in the background.' })
  stopMining(@Ctx() { services }: Context): NodeDescription {
    services.miner.stop();
    return services.info;
  }

  @FieldResolver()
  deliveries(
    @Root() { block, background }: AcceptedBlock,
    @Ctx() { services }: Context,
  ): readonly Delivery[] | Promise<readonly Delivery[]> {
    return background ? [] : services.gossip.deliveries(block.hash);
  }
}

type Mined = AddBlockOutcome | { readonly status: 'rejected'; readonly rejection: Rejection };

function blockResult(outcome: Mined, background: boolean): AcceptedBlock | Rejection {
  if (outcome.status === 'rejected' || outcome.status === 'orphan') return outcome.rejection;
  return {
    block: outcome.block,
    alreadyKnown: outcome.status === 'known',
    onBestChain: outcome.status === 'known' ? outcome.onBestChain : outcome.status !== 'sideBranch',
    reorganization: outcome.status === 'reorganized' ? outcome.reorganization : undefined,
    background,
  };
}

/** The block, or what keeps it from being hashed at all; every other rule is the chain's. */
function blockOf(chainId: Uint8Array, input: BlockInput): Block | Rejection {
  const header = headerOf({ ...input, transactionCount: input.transactions.length });
  if ('code' in header) return header;
  const transactions: Transaction[] = [];
  for (const [index, transaction] of input.transactions.entries()) {
    const cause = malformedTransaction(transaction);
    if (cause) return { code: 'INVALID_TRANSACTION', index, cause };
    transactions.push(createTransaction(chainId, transaction, transaction.signature));
  }
  return { header, transactions };
}
