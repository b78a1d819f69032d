import { confirm, type Confirmation, type ConfirmOptions } from './confirm.js';
import type { NodeConnection } from './nodeConnection.js';
import { SendTransactionsDocument, type RejectionCode } from './operations.js';
import type { SignedTransfer } from './transfer.js';

/** What became of a transfer: `rejected` was not taken by the node, and not sent on. */
export type TransferOutcome =
  Confirmation | { readonly status: 'rejected'; readonly code: RejectionCode; readonly message: string };

/**
 * Sends a transfer and follows it as `confirm` does. After an error, or when it is still pending, call it again: sending twice is safe.
 */
export async function sendAndConfirm(
  { id, input }: SignedTransfer,
  modules: { readonly node: NodeConnection },
  options: ConfirmOptions = {},
): Promise<TransferOutcome> {
  const variables = { transactions: [input] };
  const { addTransactions } = await modules.node.request(SendTransactionsDocument, variables, options.signal);
  const sent = addTransactions[0]!;
  if (sent.__typename === 'Rejected') return { status: 'rejected', code: sent.code, message: sent.message };
  return confirm(id, modules, options);
}
