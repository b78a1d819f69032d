import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { Network } from '../../consensus/network.js';
import { MAX_BATCH_TRANSACTIONS } from '../../consensus/protocol.js';
import { createTransaction, malformedTransaction } from '../../consensus/transaction.js';
import type { Rejection } from '../../consensus/rejection.js';
import type { Delivery } from '../../peers/peer.js';
import { requireAdmin, type Context } from '../context.js';
import { badUserInput, orStorageFull } from '../errors.js';
import { AddTransactionInput, SignedTransactionInput } from '../types/inputs.js';
import { TransactionAccepted, TransactionResult, type AcceptedTransaction } from '../types/outcomes.js';
import type { Submission, SubmitOutcome } from '../services.js';

type Result = AcceptedTransaction | Rejection;

@Resolver(() => TransactionAccepted)
export class SubmissionResolver {
  @Mutation(() => TransactionResult, { description: 'Validate, admit, persist, and forward to every peer at once.' })
  async addTransaction(
    @Ctx() context: Context,
    @Arg('transaction', () => AddTransactionInput, { description: 'The transfer.' }) input: AddTransactionInput,
  ): Promise<Result> {
    const { sender, nonce, signature, requestKey } = input;
    if (signature == null) requireAdmin(context);
    if (requestKey != null) checkRequestKey(requestKey, signature != null);
    if (signature != null && sender != null && nonce != null) {
      const [outcome] = await submit(context, [{ ...input, sender, nonce, signature }]);
      return outcome!;
    }
    if (signature != null) throw badUserInput('expected sender and nonce together with signature');
    if (sender != null || nonce != null) {
      throw badUserInput('expected signature together with sender and nonce, or none of them: then the wallet signs');
    }
    return orStorageFull(context.services.transactions.send(input));
  }

  @Mutation(() => [TransactionResult], {
    description: 'The same for up to 1,000 signed transactions; results in the order given, each on its own.',
  })
  addTransactions(
    @Ctx() context: Context,
    @Arg('transactions', () => [SignedTransactionInput], { description: 'Signed transfers, at most 1,000.' })
    inputs: SignedTransactionInput[],
  ): Promise<Result[]> {
    return submit(context, inputs);
  }

  @Mutation(() => TransactionResult, {
    description:
      'Peer: a transaction forwarded by another node; relayed on, once for each peer, in the background. The header `corrente-node` names the node that forwards it, which is not told again.',
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

  @FieldResolver()
  deliveries(
    @Root() { transaction, background }: AcceptedTransaction,
    @Ctx() { services }: Context,
  ): readonly Delivery[] | Promise<readonly Delivery[]> {
    return background ? [] : services.gossip.deliveries(transaction.id);
  }
}

function checkRequestKey(requestKey: string, isSigned: boolean): void {
  if (isSigned)
    throw badUserInput('expected requestKey only without signature: sending a signed transfer twice is safe');
  const { length } = [...requestKey];
  if (length < 1 || length > MAX_REQUEST_KEY) {
    throw badUserInput(`requestKey: expected 1 to ${MAX_REQUEST_KEY} characters, got ${length}`);
  }
}

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

function submit(context: Context, inputs: readonly SignedTransactionInput[]): Promise<SubmitOutcome[]> {
  return perWellFormed(context, inputs, (given) => context.services.transactions.submit(given));
}

/** One outcome an input, in order. Malformed ones never reach the service; a full disk is the outcome of all the others. */
async function perWellFormed(
  { services }: Context,
  inputs: readonly SignedTransactionInput[],
  offer: (submissions: readonly Submission[]) => Promise<SubmitOutcome[]>,
): Promise<SubmitOutcome[]> {
  if (inputs.length > MAX_BATCH_TRANSACTIONS)
    throw badUserInput(`transactions: expected at most ${MAX_BATCH_TRANSACTIONS}, got ${inputs.length}`);
  const submissions: Submission[] = [];
  const malformed = inputs.map((input) => {
    const fault = malformedTransaction(input);
    if (!fault) submissions.push(submissionOf(services.network, input));
    return fault;
  });
  const outcomes = submissions.length > 0 ? await orStorageFull(offer(submissions)) : [];
  let next = 0;
  return malformed.map((fault) => fault ?? ('code' in outcomes ? outcomes : outcomes[next++]!));
}

/** The transaction of a well-formed input, and what it is to replace. */
export function submissionOf({ chainId }: Pick<Network, 'chainId'>, input: SignedTransactionInput): Submission {
  return {
    transaction: createTransaction(chainId, input, input.signature),
    replaces: input.replaces ?? undefined,
  };
}

const MAX_REQUEST_KEY = 64;
