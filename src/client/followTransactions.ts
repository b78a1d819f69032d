import type { FollowOptions } from './followBlocks.js';
import { live } from './live.js';
import { mapAsync } from './mapAsync.js';
import type { NodeConnection, Subscribe } from './nodeConnection.js';
import { PendingTransactionsDocument, TransactionAddedDocument, type TransferFragment } from './operations.js';

/**
 * Transactions as they enter the mempool of the node from now on, by subscription or by polling; polling sees only those that are among the
 * next hundred to be mined when it asks. Throws RequestError when the node cannot be asked.
 */
export async function* followTransactions(
  { node }: { readonly node: NodeConnection },
  { pollMs = 1_000, signal }: FollowOptions = {},
): AsyncGenerator<TransferFragment, void> {
  const poll = async (ended?: AbortSignal): Promise<readonly TransferFragment[]> =>
    (await node.request(PendingTransactionsDocument, {}, ended)).mempool.transactions.nodes;
  const told = (subscribe: Subscribe): AsyncIterable<TransferFragment> =>
    mapAsync(subscribe(TransactionAddedDocument, {}, signal), ({ transactionAdded }) => transactionAdded);
  const { subscribe } = node;
  const seen = new Set((await poll()).map(({ id }) => id));
  for await (const transaction of live({ subscribe: subscribe && (() => told(subscribe)), poll }, { pollMs, signal })) {
    if (seen.has(transaction.id)) continue;
    seen.add(transaction.id);
    // A set keeps the order of insertion: the one that was seen first goes.
    for (const id of seen) if (seen.size > MAX_SEEN) seen.delete(id);
    yield transaction;
  }
}

/** What is forgotten beyond it could be told again, but only by polling. */
const MAX_SEEN = 4_096;
