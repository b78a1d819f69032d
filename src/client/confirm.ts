import { live, mapAsync, pause } from './live.js';
import type { NodeConnection } from './correnteClient.js';
import {
  type RejectionCode,
  SendTransactionsDocument,
  TransactionStatusChangedDocument,
  TransactionStatusDocument,
} from './operations/public.js';
import { mayPass, RequestError } from './requests.js';
import type { SignedTransfer } from './transfer.js';

export interface WaitOptions {
  /** 1 by default: in the newest block. */
  readonly confirmations?: number;
  /** How long to wait for them; ten minutes by default. */
  readonly timeoutMs?: number;
  /** Between two questions where there is no subscription; 300 by default. */
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
}

export interface ConfirmOptions extends WaitOptions {
  /** Of the transaction. */
  readonly id: string;
}

/** What became of a transaction. */
export type Confirmation =
  | {
      readonly status: 'confirmed';
      readonly block: { readonly height: number; readonly hash: string };
      /** Its place in the block. */
      readonly index: number;
      readonly confirmations: number;
    }
  /** It left the mempool unmined. Another node may still have it, and its signature stays good until its nonce is used. */
  | { readonly status: 'dropped'; readonly code: RejectionCode; readonly message: string }
  /** The time is over and it still waits, for `missingNonce` if that is given, or the node does not know it. */
  | { readonly status: 'pending'; readonly missingNonce: string | undefined };

/**
 * Follows a transaction until it is confirmed or dropped, by subscription or by polling. A node that does not answer, since it restarts or
 * the line is cut, is asked again. Rejects with RequestError when the node refuses the question, or did not answer until the time was over,
 * and with the reason of `signal` when that aborts.
 */
export async function confirm(
  { node }: { readonly node: NodeConnection },
  { id, confirmations = 1, timeoutMs = 600_000, pollMs = 300, signal }: ConfirmOptions,
): Promise<Confirmation> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const end = signal ? AbortSignal.any([signal, deadline]) : deadline;
  let missingNonce: string | undefined;
  let lost: RequestError | undefined;
  const told = () =>
    mapAsync(
      node.subscribe!(TransactionStatusChangedDocument, { id, confirmations }, end),
      ({ transactionStatus }) => transactionStatus,
    );
  const poll = async (ended?: AbortSignal) => {
    try {
      const { transaction } = await node.request(TransactionStatusDocument, { id }, ended);
      lost = undefined;
      return transaction ? [transaction.status] : [];
    } catch (error) {
      if (!(error instanceof RequestError) || !mayPass(error)) throw error;
      lost = error;
      return [];
    }
  };
  for await (const status of live({ subscribe: node.subscribe && told, poll }, { pollMs, signal: end })) {
    lost = undefined;
    switch (status.__typename) {
      case 'TransactionConfirmed': {
        const { block, index, confirmations: got } = status;
        if (got >= confirmations) return { status: 'confirmed', block, index, confirmations: got };
        break;
      }
      case 'TransactionDropped':
        return { status: 'dropped', code: status.reason.code, message: status.reason.message };
      case 'TransactionPending':
        missingNonce = undefined;
        break;
      case 'TransactionQueued':
        ({ missingNonce } = status);
        break;
    }
  }
  signal?.throwIfAborted();
  if (lost) throw lost;
  return { status: 'pending', missingNonce };
}

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
  override readonly mayHaveArrived = true;

  constructor(transfer: SignedTransfer, { code, message }: Pick<RequestError, 'code' | 'message'>) {
    super(code, `${transfer.id} may have been taken: ${message}`);
    this.id = transfer.id;
    this.transfer = transfer;
  }
}

export interface SendOptions extends WaitOptions {
  readonly transfer: SignedTransfer;
}

/**
 * Sends a transfer and follows it as `confirm` does; where it may have arrived and there is no answer, the same bytes are offered again until
 * the time is over. Rejects with InDoubtError when its fate is not known then, with RequestError when it certainly did not leave, and with
 * the reason of `signal` when that aborts. Call it again with the same transfer after any of them, or when it is still pending: it pays
 * once.
 */
export async function sendAndConfirm(
  modules: { readonly node: NodeConnection },
  options: SendOptions,
): Promise<TransferOutcome> {
  const { transfer, timeoutMs = 600_000 } = options;
  const deadline = performance.now() + timeoutMs;
  const rejected = await offered(modules, options, deadline);
  if (rejected) return rejected;
  try {
    const remaining = Math.max(1, Math.ceil(deadline - performance.now()));
    return await confirm(modules, { ...options, id: transfer.id, timeoutMs: remaining });
  } catch (error) {
    throw error instanceof RequestError ? new InDoubtError(transfer, error) : error;
  }
}

/** Undefined when the node has the transfer. */
async function offered(
  { node }: { readonly node: NodeConnection },
  { transfer, pollMs = 300, signal }: SendOptions,
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
