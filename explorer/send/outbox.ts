import { useSyncExternalStore } from 'react';
import {
  AccountDocument,
  createTransaction,
  RequestError,
  sendAndConfirm,
  sign,
  TransactionStatusDocument,
  type TransferOutcome,
  type KeyPair,
  type NodeConnection,
  type SignedTransfer,
} from '../../src/client/client.js';

/** A payment as the user fills it in. */
export interface Payment {
  readonly sender: string;
  readonly recipient: string;
  /** Base units. */
  readonly amount: bigint;
  /** Base units. */
  readonly fee: bigint;
  readonly memo: string;
}

/** A transfer sent from this page, and its state. */
export interface Sent extends Payment {
  readonly id: string;
  /** `failed`: the node did not answer, so it may have the transfer or not. */
  readonly state:
    TransferOutcome | { readonly status: 'waiting' } | { readonly status: 'failed'; readonly message: string };
}

/** Transfers that this page sent or follows, newest first, at most MAX_SENT: it follows older ones unseen. */
export function useOutbox(): readonly Sent[] {
  return useSyncExternalStore(subscribe, () => sent);
}

/**
 * Signs a payment here and follows it until it is confirmed; resolves as soon as it is signed. Rejects with RequestError if the node does
 * not answer with the nonce; throws RangeError on an impossible payment.
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
  follow(payment, transfer.id, sendAndConfirm({ node }, { transfer }));
}

/** Continues with signed payments of unknown outcome after a reload of the page. Sent again, each pays once. */
export function resume(node: NodeConnection): void {
  for (const { transfer, payment } of kept()) {
    if (followed.has(transfer.id)) continue;
    const read = { ...payment, amount: BigInt(payment.amount), fee: BigInt(payment.fee) };
    follow(read, transfer.id, offerAgain(transfer, node));
  }
}

/** Like sendAndConfirm, but does not send a dropped transfer again: its user may have given it up. */
async function offerAgain(transfer: SignedTransfer, node: NodeConnection): Promise<TransferOutcome> {
  const { transaction } = await node.request(TransactionStatusDocument, { id: transfer.id });
  if (transaction?.status.__typename !== 'TransactionDropped') return sendAndConfirm({ node }, { transfer });
  const { code, message } = transaction.status.reason;
  return { status: 'dropped', code, message };
}

function follow(payment: Payment, id: string, fate: Promise<TransferOutcome>): void {
  followed.add(id);
  const one: Sent = { ...payment, id, state: { status: 'waiting' } };
  // The same payment after a dropped one is the same transfer.
  change([one, ...sent.filter((each) => each.id !== id)].slice(0, MAX_SENT));
  void fate
    .catch((error: unknown): Sent['state'] => {
      if (!(error instanceof RequestError)) throw error;
      return { status: 'failed', message: error.message };
    })
    .then((state) => {
      if (state.status !== 'pending' && state.status !== 'failed') forget(id);
      change(sent.map((each) => (each.id === id ? { ...each, state } : each)));
    });
}

/** A signed transfer, and the payment as JSON can hold it. */
interface Kept {
  readonly transfer: SignedTransfer;
  readonly payment: Omit<Payment, 'amount' | 'fee'> & { readonly amount: string; readonly fee: string };
}

/** The signed and unsettled payments of this tab: they outlive a reload, and contain no secret. */
function kept(): Kept[] {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? '[]') as Kept[];
}

function keep(one: Kept): void {
  const others = kept().filter(({ transfer }) => transfer.id !== one.transfer.id);
  sessionStorage.setItem(KEPT, JSON.stringify([...others, one]));
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
/** Their ids: may be more than the page shows. */
const followed = new Set<string>();
let sent: readonly Sent[] = [];

function change(now: readonly Sent[]): void {
  sent = now;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
