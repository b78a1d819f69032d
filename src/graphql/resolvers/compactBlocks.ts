import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { AddBlockOutcome } from '../../chain/outcome.js';
import type { Rejection } from '../../consensus/rejection.js';
import type * as compact from '../../peers/relay/compactBlocks.js';
import { inTurns } from '../../util/turns.js';
import { requireMember } from '../access.js';
import type { Context } from '../context.js';
import { orStorageFull } from '../errors.js';
import { chargeFaults } from '../limits.js';
import { CompactBlockInput, compactBlockOf, unpacking } from '../types/inputs.js';
import { type AcceptedBlock, blockResult, CompactBlockResult } from '../types/outcomes.js';
import { Base64, Hash } from '../types/scalars.js';

type Result = AcceptedBlock | compact.TransactionsWanted | Rejection;

/** Blocks that other nodes announce without the transactions that this one has. */
@Resolver()
export class CompactBlockResolver {
  @Mutation(() => CompactBlockResult, {
    description:
      'Peer: a block announced by its header and short ids of its transactions (docs/protocol.md, "Compact blocks"). The answer names those that are missing; if its sender is no peer, or too much is missing, or the ids do not fit together, the whole block is wanted.',
  })
  async receiveBroadcastCompactBlock(
    @Ctx() context: Context,
    @Arg('block', () => CompactBlockInput, { description: 'The block.' }) input: CompactBlockInput,
  ): Promise<Result> {
    requireMember(context);
    const { services, giver } = context;
    const block = compactBlockOf(input);
    return 'code' in block
      ? refused(context, 'block', block)
      : resultOf(context, services.compactBlocks.announced(block, giver));
  }

  @Mutation(() => CompactBlockResult, {
    description: 'Peer: the transactions that were missing of the block that the sender announced last.',
  })
  async receiveBroadcastBlockTransactions(
    @Ctx() context: Context,
    @Arg('hash', () => Hash, { description: 'Hash of the block.' }) hash: Uint8Array,
    @Arg('transactions', () => Base64, {
      description: 'The missing ones in order, packed as in receiveBroadcastPackedTransactions.',
    })
    packed: Uint8Array,
  ): Promise<Result> {
    requireMember(context);
    const { services, giver } = context;
    const transactions = await inTurns(unpacking(services.network, packed));
    return 'code' in transactions
      ? refused(context, 'transaction', transactions)
      : resultOf(context, services.compactBlocks.completed(hash, transactions, giver));
  }
}

function refused(
  { services, giver, budget }: Context,
  content: 'block' | 'transaction',
  rejection: Rejection,
): Rejection {
  services.relay.refused(content, [rejection], giver);
  chargeFaults(budget, content, [rejection]);
  return rejection;
}

async function resultOf(
  { budget }: Context,
  taking: Promise<AddBlockOutcome | compact.TransactionsWanted>,
): Promise<Result> {
  const outcome = await orStorageFull(taking);
  const result = 'code' in outcome || 'missing' in outcome ? outcome : blockResult(outcome, true);
  chargeFaults(budget, 'block', [result]);
  return result;
}
