import { confirm, type Confirmation, type ConfirmOptions } from './confirm.js';
import { pause } from './live.js';
import type { NodeConnection } from './nodeConnection.js';
import { SendTransactionsDocument, TransactionStatusDocument, type RejectionCode } from './operations.js';
import { mayPass, RequestError } from './requestError.js';
import type { SignedTransfer } from './transfer.js';

/** What became of a transfer: `rejected` was not taken by the node, and not sent on. */
export type TransferOutcome =
  Confirmation | { readonly status: 'rejected'; readonly code: RejectionCode; readonly message: string };

/**
 * A transfer may have left, and its fate is not known: neither a failure nor a success. Offer the same `transfer` again, or ask for `id`;
 * another one signed in its place may be a second payment.
 */
export class InDoubtError extends RequestError {
  override readonly name = 'InDoubtError';
  readonly id: string;
  readonly transfer: SignedTransfer;

  constructor(transfer: SignedTransfer, { code, message }: Pick<RequestError, 'code' | 'message'>) {
    super(code, `${transfer.id} may have been taken: ${message}`);
    this.id = transfer.id;
    this.transfer = transfer;
  }
}

/**
 * Sends a transfer and follows it as `confirm` does; where it may have arrived and there is no answer, the same bytes are offered again until
 * the time is over. Rejects with InDoubtError when its fate is not known then, with RequestError when it certainly did not leave, and with
 * the reason of `signal` when that aborts. Call it again with the same transfer after any of them, or when it is still pending: it pays
 * once.
 */
export async function sendAndConfirm(
  transfer: SignedTransfer,
  modules: { readonly node: NodeConnection },
  options: ConfirmOptions = {},
): Promise<TransferOutcome> {
  const { timeoutMs = 600_000 } = options;
  const deadline = performance.now() + timeoutMs;
  const rejected = await offered(transfer, modules, options, deadline);
  if (rejected) return rejected;
  try {
    const remaining = Math.max(1, Math.ceil(deadline - performance.now()));
    return await confirm(transfer.id, modules, { ...options, timeoutMs: remaining });
  } catch (error) {
    throw error instanceof RequestError ? new InDoubtError(transfer, error) : error;
  }
}

/** Undefined when the node has the transfer. */
async function offered(
  transfer: SignedTransfer,
  { node }: { readonly node: NodeConnection },
  { pollMs = 300, signal }: ConfirmOptions,
  deadline: number,
): Promise<Extract<TransferOutcome, { readonly status: 'rejected' }> | undefined> {
  for (let left = false; ;) {
    try {
      const { addTransactions } = await node.request(
        SendTransactionsDocument,
        { transactions: [transfer.input] },
        signal,
      );
      const outcome = addTransactions[0]!;
      if (outcome.__typename === 'TransactionAccepted') return undefined;
      const { code, message } = outcome;
      // It may have been taken before, and be in a block by now.
      if (left && (await isKnown(transfer.id, node, signal))) return undefined;
      if (left && code !== 'NONCE_TOO_LOW') throw new InDoubtError(transfer, { code, message });
      return { status: 'rejected', code, message };
    } catch (error) {
      if (!(error instanceof RequestError) || error instanceof InDoubtError) throw error;
      left ||= error.mayHaveArrived;
      if (!left) throw error;
      if (!mayPass(error) || performance.now() > deadline) throw new InDoubtError(transfer, error);
      await pause(pollMs, signal);
      signal?.throwIfAborted();
    }
  }
}

async function isKnown(id: string, node: NodeConnection, signal: AbortSignal | undefined): Promise<boolean> {
  const { transaction } = await node.request(TransactionStatusDocument, { id }, signal);
  return transaction !== null && transaction.status.__typename !== 'TransactionDropped';
}
