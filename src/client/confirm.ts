import { live } from './live.js';
import { mapAsync } from './mapAsync.js';
import type { NodeConnection, Subscribe } from './nodeConnection.js';
import {
  TransactionStatusChangedDocument,
  TransactionStatusDocument,
  type RejectionCode,
  type StatusFragment,
} from './operations.js';
import { mayPass, RequestError } from './requestError.js';

export interface ConfirmOptions {
  /** 1 by default: in the newest block. */
  readonly confirmations?: number;
  /** How long to wait for them; ten minutes by default. */
  readonly timeoutMs?: number;
  /** Between two questions where there is no subscription; 300 by default. */
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
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
  /** The time is over and it still waits, or the node does not know it; `missingNonce` is what it waits for. */
  | { readonly status: 'pending'; readonly missingNonce: string | undefined };

/**
 * Follows a transaction until it is confirmed or dropped, by subscription or by polling. A node that does not answer, since it restarts or
 * the line is cut, is asked again. Rejects with RequestError when the node refuses the question, or did not answer until the time was over,
 * and with the reason of `signal` when that aborts.
 */
export async function confirm(
  id: string,
  { node }: { readonly node: NodeConnection },
  { confirmations = 1, timeoutMs = 600_000, pollMs = 300, signal }: ConfirmOptions = {},
): Promise<Confirmation> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const end = signal ? AbortSignal.any([signal, deadline]) : deadline;
  let missingNonce: string | undefined;
  let lost: RequestError | undefined;
  const answered = (failure?: RequestError): void => void (lost = failure);
  for await (const status of statuses({ id, confirmations, pollMs, signal: end, answered }, node)) {
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

interface StatusQuestion {
  readonly id: string;
  readonly confirmations: number;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  /** Called with each poll: why it has no answer, if it has none. */
  readonly answered: (failure?: RequestError) => void;
}

function statuses(
  { id, confirmations, pollMs, signal, answered }: StatusQuestion,
  node: NodeConnection,
): AsyncIterable<StatusFragment> {
  const { subscribe } = node;
  const poll = async (ended?: AbortSignal): Promise<StatusFragment[]> => {
    try {
      const { transaction } = await node.request(TransactionStatusDocument, { id }, ended);
      answered();
      return transaction ? [transaction.status] : [];
    } catch (error) {
      if (!(error instanceof RequestError) || !mayPass(error)) throw error;
      answered(error);
      return [];
    }
  };
  const told = (open: Subscribe): AsyncIterable<StatusFragment> =>
    mapAsync(
      open(TransactionStatusChangedDocument, { id, confirmations }, signal),
      ({ transactionStatus }) => transactionStatus,
    );
  return live({ subscribe: subscribe && (() => told(subscribe)), poll }, { pollMs, signal });
}
