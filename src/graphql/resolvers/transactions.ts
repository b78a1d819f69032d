import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { StoredHeader } from '../../chain/chainStore.js';
import { describeRejection, type Rejection } from '../../consensus/rejection.js';
import { checkTransactionForm, type Transaction as Signed } from '../../consensus/transaction.js';
import { fromHex } from '../../crypto/bytes.js';
import type { Submission, SubmitOutcome } from '../../mempool/submission.js';
import type { Interest } from '../../peers/client/wire.js';
import type { RemoteRejection } from '../../peers/peer.js';
import { requireMember, requireScope } from '../access.js';
import type { Context } from '../context.js';
import { badUserInput, orStorageFull } from '../errors.js';
import { chargeFaults } from '../limits.js';
import { confirmationsOf, findTransaction, statusOf, type StatusView } from '../reads.js';
import { AddTransactionInput, SignedTransactionInput, submissionOf, unpacking } from '../types/inputs.js';
import { Rejected, Transaction, TransactionConfirmed, type TransactionProof } from '../types/ledger.js';
import {
  type AcceptedTransaction,
  PackedResult,
  TransactionCheck,
  TransactionInterest,
  type TransactionRefused,
  TransactionResult,
  type TransactionsReceived,
  type TransactionValid,
} from '../types/outcomes.js';
import { Base64, Hash } from '../types/scalars.js';
import { inTurns } from '../../util/turns.js';

const MAX_REQUEST_KEY_CHARACTERS = 64;
const ID_BYTES = 32;

type Result = AcceptedTransaction | Rejection;

/** Transactions: how they are read, and how they come in, from clients and from other nodes. */
@Resolver(() => Transaction)
export class TransactionResolver {
  @Query(() => Transaction, {
    nullable: true,
    description: 'A transaction on the best chain, in the mempool, or dropped from it not long ago.',
  })
  transaction(
    @Ctx() context: Context,
    @Arg('id', () => Hash, { description: 'Transaction id.' }) id: Uint8Array,
  ): Signed | undefined {
    return findTransaction(context, id)?.transaction;
  }

  @Query(() => TransactionCheck, { description: 'What addTransaction would answer, without doing it.' })
  async checkTransaction(
    @Ctx() context: Context,
    @Arg('transaction', () => SignedTransactionInput, { description: 'The signed transfer.' })
    input: SignedTransactionInput,
  ): Promise<TransactionValid | Rejection> {
    const malformed = checkTransactionForm(input);
    if (malformed) return malformed;
    const { services } = context;
    const submission = submissionOf(services.network, input);
    context.budget?.spend('signatures', 1);
    const rejection = await services.admission.check(submission);
    chargeFaults(context.budget, 'transaction', [rejection]);
    return rejection ?? valid(context, submission.transaction);
  }

  @Mutation(() => TransactionResult, { description: 'Validate, admit, persist, and forward to every peer at once.' })
  async addTransaction(
    @Ctx() context: Context,
    @Arg('transaction', () => AddTransactionInput, { description: 'The transfer.' }) input: AddTransactionInput,
  ): Promise<SubmitOutcome> {
    const { sender, nonce, signature, requestKey } = input;
    if (signature == null) requireScope(context.admin, 'send');
    if (requestKey != null) checkRequestKey(requestKey, signature != null);
    if (signature != null && sender != null && nonce != null) {
      const [outcome] = await submit(context, [{ ...input, sender, nonce, signature }]);
      return outcome!;
    }
    if (signature != null) throw badUserInput('expected sender and nonce together with signature');
    if (sender != null || nonce != null) {
      throw badUserInput('expected signature together with sender and nonce, or none of them: then the wallet signs');
    }
    return orStorageFull(context.services.payments.send(input));
  }

  @Mutation(() => [TransactionResult], {
    description: 'The same for up to 1,000 signed transactions; results in the order given, each on its own.',
  })
  addTransactions(
    @Ctx() context: Context,
    @Arg('transactions', () => [SignedTransactionInput], { description: 'Signed transfers, at most 1,000.' })
    inputs: SignedTransactionInput[],
  ): Promise<SubmitOutcome[]> {
    return submit(context, inputs);
  }

  @Mutation(() => TransactionResult, {
    description:
      'Peer: a transaction forwarded by another node; relayed on, once for each peer, in the background. The node that forwards it, by its signed envelope (docs/protocol.md), does not get it back; without one it is a stranger’s.',
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

  @Mutation(() => PackedResult, {
    description:
      'Peer: the same in fewer bytes. `transactions` holds them one after another as `Block.body` does (docs/protocol.md, "Transaction"): 153 bytes each and its memo. If the bytes are no transactions, none of them is taken.',
  })
  async receiveBroadcastPackedTransactions(
    @Ctx() context: Context,
    @Arg('transactions', () => Base64, { description: 'Signed transfers, at most 1,000.' }) packed: Uint8Array,
  ): Promise<TransactionsReceived | Rejection> {
    requireMember(context);
    const { services, giver, budget } = context;
    const transactions = await inTurns(unpacking(services.network, packed));
    if ('code' in transactions) {
      services.relay.refused('transaction', [transactions], giver);
      chargeFaults(budget, 'transaction', [transactions]);
      return transactions;
    }
    budget?.spend('signatures', transactions.length);
    const outcomes = await orStorageFull(services.relay.receiveTransactions(transactions, giver));
    if ('code' in outcomes) return outcomes;
    chargeFaults(budget, 'transaction', outcomes);
    return received(outcomes);
  }

  @Mutation(() => TransactionInterest, {
    description:
      'Peer: transactions that the sender has, by their ids. It sends those that are wanted with receiveBroadcastPackedTransactions.',
  })
  async receiveBroadcastTransactionIds(
    @Ctx() context: Context,
    @Arg('ids', () => Base64, { description: 'Ids of 32 bytes, one after another, at most 1,000.' }) packed: Uint8Array,
  ): Promise<TransactionInterest> {
    requireMember(context);
    if (packed.length % ID_BYTES !== 0)
      throw badUserInput(`ids: expected ${ID_BYTES} bytes each, got ${packed.length} bytes`);
    const interests = await context.services.relay.announcedTransactions(packed, context.giver);
    const places = (interest: Interest) => interests.flatMap((each, place) => (each === interest ? [place] : []));
    return { wanted: places('wanted'), later: places('later') };
  }

  @FieldResolver()
  status(@Root() transaction: Signed, @Ctx() context: Context): StatusView {
    return statusOf(context, transaction);
  }

  @FieldResolver()
  async proof(@Root() { id, leaf }: Signed, @Ctx() { services, view }: Context): Promise<TransactionProof | undefined> {
    const confirmed = view.snapshot.transaction(id);
    if (!confirmed) return undefined;
    const { block, index } = confirmed;
    const proofs = await view.proofs(block, services.network.chainId);
    return { block, index, leaf, path: proofs.path(index) };
  }
}

@Resolver(() => TransactionConfirmed)
export class TransactionConfirmedResolver {
  @FieldResolver()
  confirmations(@Root() { block }: { block: StoredHeader }, @Ctx() { view }: Context): number {
    return confirmationsOf(view.snapshot, block);
  }
}

@Resolver(() => Rejected)
export class RejectedResolver {
  @FieldResolver()
  message(@Root() rejection: Rejection | RemoteRejection): string {
    return 'message' in rejection ? rejection.message : describeRejection(rejection);
  }

  @FieldResolver()
  pending(@Root() rejection: Rejection | RemoteRejection): Uint8Array | undefined {
    return 'pending' in rejection ? fromHex(rejection.pending) : undefined;
  }
}

/** One outcome an input, in order. Malformed ones never reach the service; a full disk is the outcome of all the others. */
async function perWellFormed(
  { services, budget }: Context,
  inputs: readonly SignedTransactionInput[],
  offer: (submissions: readonly Submission[]) => Promise<SubmitOutcome[]>,
): Promise<SubmitOutcome[]> {
  const submissions: Submission[] = [];
  const malformed = inputs.map((input) => {
    const fault = checkTransactionForm(input);
    if (!fault) submissions.push(submissionOf(services.network, input));
    return fault;
  });
  budget?.spend('signatures', submissions.length);
  const outcomes = submissions.length > 0 ? await orStorageFull(offer(submissions)) : [];
  let next = 0;
  const all = malformed.map((fault) => fault ?? ('code' in outcomes ? outcomes : outcomes[next++]!));
  chargeFaults(budget, 'transaction', all);
  return all;
}

function submit(context: Context, inputs: readonly SignedTransactionInput[]): Promise<SubmitOutcome[]> {
  return perWellFormed(context, inputs, (given) => context.services.relay.submit(given));
}

async function receive(context: Context, inputs: readonly SignedTransactionInput[]): Promise<Result[]> {
  requireMember(context);
  const { services, giver } = context;
  const outcomes = await perWellFormed(context, inputs, (given) =>
    services.relay.receiveTransactions(
      given.map(({ transaction }) => transaction),
      giver,
    ),
  );
  const malformed = outcomes.filter((outcome) => 'code' in outcome && outcome.code === 'MALFORMED');
  services.relay.refused('transaction', malformed, giver);
  return outcomes.map((outcome) => ('code' in outcome ? outcome : { ...outcome, background: true }));
}

function received(outcomes: readonly SubmitOutcome[]): TransactionsReceived {
  const alreadyKnown: number[] = [];
  const refused: TransactionRefused[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if ('code' in outcome) refused.push({ index, reason: outcome });
    else if (outcome.alreadyKnown) alreadyKnown.push(index);
  }
  return { alreadyKnown, refused };
}

function checkRequestKey(requestKey: string, isSigned: boolean): void {
  if (isSigned)
    throw badUserInput('expected requestKey only without signature: sending a signed transfer twice is safe');
  const { length } = [...requestKey];
  if (length < 1 || length > MAX_REQUEST_KEY_CHARACTERS) {
    throw badUserInput(`requestKey: expected 1 to ${MAX_REQUEST_KEY_CHARACTERS} characters, got ${length}`);
  }
}

function valid({ services: { mempool }, view }: Context, transaction: Signed): TransactionValid {
  const { id, sender, nonce, amount, fee } = transaction;
  const replaced = mempool.bySender(sender).find((pending) => pending.nonce === nonce);
  const outgoing = mempool.outgoing(sender) - (replaced ? replaced.amount + replaced.fee : 0n);
  const left = view.snapshot.account(sender).balance - outgoing - amount - fee;
  return { id, availableAfter: left > 0n ? left : 0n };
}
