import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { Rejection } from '../../consensus/rejection.js';
import type { Delivery } from '../../peers/peer.js';
import type { Context } from '../context.js';
import { orStorageFull } from '../errors.js';
import { BlockInput, blockOf, SignedTransactionInput } from '../types/inputs.js';
import {
  BlockAccepted,
  blockResult,
  BlockResult,
  TransactionAccepted,
  TransactionResult,
  type AcceptedBlock,
  type AcceptedTransaction,
} from '../types/outcomes.js';
import { perWellFormed } from './transactions.js';

type Result = AcceptedTransaction | Rejection;

/** What other nodes forward, and what this one's peers answered to what it forwards. */
@Resolver(() => TransactionAccepted)
export class RelayResolver {
  @Mutation(() => TransactionResult, {
    description:
      'Peer: a transaction forwarded by another node; relayed on, once for each peer, in the background. The header `corrente-node` names the node that forwards it, and that node does not get it back.',
  })
  async receiveBroadcastTransaction(
    @Ctx() context: Context,
    @Arg('transaction', () => SignedTransactionInput, { description: 'The signed transfer.' })
    input: SignedTransactionInput,
  ): Promise<Result> {
    const [outcome] = await receive(context, [input]);
    return outcome!;
  }

  @Mutation(() => [TransactionResult], { description: 'Peer: up to 1,000 at once; results in the order given.' })
  receiveBroadcastTransactions(
    @Ctx() context: Context,
    @Arg('transactions', () => [SignedTransactionInput], { description: 'Signed transfers, at most 1,000.' })
    inputs: SignedTransactionInput[],
  ): Promise<Result[]> {
    return receive(context, inputs);
  }

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
    const outcome = await orStorageFull(services.blocks.receive(block, giver));
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

async function receive(context: Context, inputs: readonly SignedTransactionInput[]): Promise<Result[]> {
  const { transactions } = context.services;
  const outcomes = await perWellFormed(context, inputs, (given) =>
    transactions.receive(
      given.map(({ transaction }) => transaction),
      context.giver,
    ),
  );
  return outcomes.map((outcome) => ('code' in outcome ? outcome : { ...outcome, background: true }));
}
