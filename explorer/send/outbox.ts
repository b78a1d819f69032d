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
  type SignedTransfer,
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
  keep({ transfer, payment: textOf(payment) });
  follow(payment, transfer, node);
}

/** Goes on with what was signed before the page was opened anew, and its fate not known. Offered again, it pays once. */
export function resume(node: NodeConnection): void {
  for (const { transfer, payment } of kept()) {
    if (sent.some(({ id }) => id === transfer.id)) continue;
    follow({ ...payment, amount: BigInt(payment.amount), fee: BigInt(payment.fee) }, transfer, node);
  }
}

function follow(payment: Payment, transfer: SignedTransfer, node: NodeConnection): void {
  const { id } = transfer;
  const one: Sent = { ...payment, id, state: { status: 'waiting' } };
  change([one, ...sent].slice(0, MAX_SENT));
  void sendAndConfirm(transfer, { node })
    .catch((error: unknown): Sent['state'] => {
      if (!(error instanceof RequestError)) throw error;
      return { status: 'failed', message: error.message };
    })
    .then((state) => {
      if (state.status === 'confirmed' || state.status === 'rejected') forget(id);
      change(sent.map((each) => (each.id === id ? { ...each, state } : each)));
    });
}

/** A signed transfer, and the payment as it can be written down. */
interface Kept {
  readonly transfer: SignedTransfer;
  readonly payment: Omit<Payment, 'amount' | 'fee'> & { readonly amount: string; readonly fee: string };
}

/** What was signed in this tab and not settled: it outlives a reload, and holds no secret. */
function kept(): Kept[] {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? '[]') as Kept[];
}

function keep(one: Kept): void {
  sessionStorage.setItem(KEPT, JSON.stringify([...kept(), one]));
}

function forget(id: string): void {
  sessionStorage.setItem(KEPT, JSON.stringify(kept().filter(({ transfer }) => transfer.id !== id)));
}

function textOf({ sender, recipient, amount, fee, memo }: Payment): Kept['payment'] {
  return { sender, recipient, amount: `${amount}`, fee: `${fee}`, memo };
}

const KEPT = 'corrente.outbox';

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
