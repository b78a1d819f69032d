import type { ChainReader, ConfirmedTransaction, StoredHeader } from '../chain/chainStore.js';
import { isOnBestChain } from '../chain/branches.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import { checkOnAccount } from '../ledger/ledger.js';
import type { PendingTransaction } from '../mempool/ports.js';
import type { Context } from './context.js';
import type { BalanceView } from './types/account.js';
import type { TransactionDropped } from './types/ledger.js';

/** What queries and subscriptions read alike. */

/** What a TransactionStatus is resolved from. */
export type StatusView = ConfirmedTransaction | PendingTransaction | TransactionDropped;

type StateContext = Pick<Context, 'view'> & { readonly services: Pick<Context['services'], 'mempool'> };

export type NodeView = ReturnType<typeof nodeView>;

/** This node; what changes is read when it is asked for. */
export function nodeView({ info, network, sync, pulse, miner }: Context['services']) {
  return {
    ...info,
    chainId: network.chainId,
    sync: () => sync.progress(),
    resolutionNeeded: () => sync.resolutionNeeded(),
    lastBlockAt: () => once(pulse(), ({ lastBlockAt }) => lastBlockAt),
    standstill: () => once(pulse(), ({ standstill }) => standstill),
    mining: () => miner.isMining(),
  };
}

/** What `read` makes of a value, at once where it is there: a promise costs many times as much. */
function once<Value, Result>(value: Value | Promise<Value>, read: (value: Value) => Result): Result | Promise<Result> {
  return value instanceof Promise ? value.then(read) : read(value);
}

/** The account as of the reader's tip. */
export function balanceOf(reader: ChainReader, address: Uint8Array): BalanceView {
  const { balance, nonce } = reader.account(address);
  return { address, confirmed: balance, nonce };
}

/** 1 for the tip, 0 off the best chain. */
export function confirmationsOf(reader: ChainReader, block: StoredHeader): number {
  return isOnBestChain(reader, block) ? reader.tip().height - block.height + 1 : 0;
}

/** The transaction on the best chain, in the mempool, or dropped from it not long ago. */
export function findTransaction({ services: { mempool }, view: { snapshot } }: StateContext, id: Uint8Array) {
  return snapshot.transaction(id) ?? mempool.get(id) ?? mempool.dropped(id);
}

/** Where a known transaction is now. */
export function statusOf(context: StateContext, transaction: Transaction): StatusView {
  const known = findTransaction(context, transaction.id);
  if (known) return known;
  const reason = checkOnAccount(context.view.snapshot.account(transaction.sender), transaction);
  return { reason: reason ?? OFF_BEST_CHAIN, at: undefined };
}

const OFF_BEST_CHAIN: Rejection = {
  code: 'CANCELLED',
  reason: 'known only from a block that is not on the best chain',
};
