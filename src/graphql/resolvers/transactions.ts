import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { ConfirmedTransaction, StoredHeader } from '../../chain/chainStore.js';
import { malformedTransaction, type Transaction as Signed } from '../../consensus/transaction.js';
import type { Rejection } from '../../consensus/rejection.js';
import { auditPath } from '../../crypto/merkle.js';
import { stateFault } from '../../ledger/ledger.js';
import type { Context } from '../context.js';
import { SignedTransactionInput } from '../types/inputs.js';
import { TransactionCheck, type TransactionValid } from '../types/outcomes.js';
import { Hash } from '../types/scalars.js';
import type { PendingTransaction } from '../../mempool/pendingTransaction.js';
import { Transaction, TransactionConfirmed, type TransactionDropped, type TransactionProof } from '../types/ledger.js';
import { confirmationsOf } from './blocks.js';
import { submissionOf } from './submission.js';

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
    const malformed = malformedTransaction(input);
    if (malformed) return malformed;
    const { services } = context;
    const submission = submissionOf(services.network, input);
    return (await services.transactions.check(submission)) ?? valid(context, submission.transaction);
  }

  @FieldResolver()
  status(@Root() transaction: Signed, @Ctx() context: Context): StatusView {
    return statusOf(context, transaction);
  }

  @FieldResolver()
  proof(@Root() { id, leaf }: Signed, @Ctx() { view }: Context): TransactionProof | undefined {
    const confirmed = view.snapshot.transaction(id);
    if (!confirmed) return undefined;
    const { block, index } = confirmed;
    const leaves = view.wholeBlock(block).map((transaction) => transaction.leaf);
    return { block, index, leaf, path: auditPath(leaves, index) };
  }
}

@Resolver(() => TransactionConfirmed)
export class TransactionConfirmedResolver {
  @FieldResolver()
  confirmations(@Root() { block }: { block: StoredHeader }, @Ctx() { view }: Context): number {
    return confirmationsOf(view.snapshot, block);
  }
}

/** What a TransactionStatus is resolved from. */
export type StatusView = ConfirmedTransaction | PendingTransaction | TransactionDropped;

/** The transaction on the best chain, in the mempool, or dropped from it not long ago. */
export function findTransaction({ services: { mempool }, view: { snapshot } }: StateContext, id: Uint8Array) {
  return snapshot.transaction(id) ?? mempool.get(id) ?? mempool.dropped(id);
}

/** Where a transaction is that somebody has seen. */
export function statusOf(context: StateContext, transaction: Signed): StatusView {
  const known = findTransaction(context, transaction.id);
  if (known) return known;
  const reason = stateFault(context.view.snapshot.account(transaction.sender), transaction);
  return { reason: reason ?? OFF_BEST_CHAIN, at: undefined };
}

type StateContext = Pick<Context, 'view'> & { readonly services: Pick<Context['services'], 'mempool'> };

function valid({ services: { mempool }, view }: Context, transaction: Signed): TransactionValid {
  const { id, sender, nonce, amount, fee } = transaction;
  const replaced = mempool.bySender(sender).find((pending) => pending.nonce === nonce);
  const outgoing = mempool.outgoing(sender) - (replaced ? replaced.amount + replaced.fee : 0n);
  const left = view.snapshot.account(sender).balance - outgoing - amount - fee;
  return { id, availableAfter: left > 0n ? left : 0n };
}

const OFF_BEST_CHAIN: Rejection = {
  code: 'CANCELLED',
  reason: 'known only from a block that is not on the best chain',
};
