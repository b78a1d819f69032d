import { useSyncExternalStore } from 'react';
import {
  AccountDocument,
  createTransaction,
  RequestError,
  sendAndConfirm,
  sign,
  type TransferOutcome,
  type KeyPair,
  type NodeConnection,
} from '../../src/client/client.js';

/** What a person fills in. */
export interface Payment {
  readonly sender: string;
  readonly recipient: string;
  /** Base units. */
  readonly amount: bigint;
  /** Base units. */
  readonly fee: bigint;
  readonly memo: string;
}

/** A transfer that was sent from this page, and what has become of it. */
export interface Sent extends Payment {
  readonly id: string;
  /** `failed`: the node could not be asked, so it may have the transfer or not. */
  readonly state:
    TransferOutcome | { readonly status: 'waiting' } | { readonly status: 'failed'; readonly message: string };
}

/** Transfers sent since the page was opened, newest first, at most MAX_SENT: the oldest is forgotten, and goes on by itself. */
export function useOutbox(): readonly Sent[] {
  return useSyncExternalStore(subscribe, () => sent);
}

/**
 * Signs a payment here and follows it until it is confirmed; resolves as soon as it is signed. Rejects with RequestError when the node
 * cannot be asked for the nonce, throws RangeError on a payment that cannot be.
 */
export async function send(
  payment: Payment,
  { node, keyPair }: { readonly node: NodeConnection; readonly keyPair: KeyPair },
): Promise<void> {
  const { chain, balance } = await node.request(AccountDocument, { address: payment.sender });
  const transfer = sign(
    createTransaction({ ...payment, chainId: chain.id, nonce: BigInt(balance.nextNonce) }),
    keyPair,
  );
  const { id } = transfer;
  const one: Sent = { ...payment, id, state: { status: 'waiting' } };
  change([one, ...sent].slice(0, MAX_SENT));
  void sendAndConfirm(transfer, { node })
    .catch((error: unknown): Sent['state'] => {
      if (!(error instanceof RequestError)) throw error;
      return { status: 'failed', message: error.message };
    })
    .then((state) => change(sent.map((each) => (each.id === id ? { ...each, state } : each))));
}

const MAX_SENT = 20;
const listeners = new Set<() => void>();
let sent: readonly Sent[] = [];

function change(now: readonly Sent[]): void {
  sent = now;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
