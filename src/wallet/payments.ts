import type { Rejection } from '../consensus/rejection.js';
import { createTransaction, checkTransactionForm, signingPayload, type Transaction } from '../consensus/transaction.js';
import { equalBytes, toHex } from '../crypto/bytes.js';
import type { AccountReader } from '../ledger/accounts.js';
import type { Submission, SubmitOutcome } from '../mempool/submission.js';
import type { Lender } from '../util/lender.js';
import { SerialQueue } from '../util/serialQueue.js';

/** Request keys whose payments are remembered. */
export const MAX_REQUESTS = 100_000;
/** Payments that wait for those before them. */
const MAX_WAITING_PAYMENTS = 1_000;
/** Stands for the signature while the rest is checked. */
const UNSIGNED = new Uint8Array(64);

/** What the wallet is asked to pay. */
export interface Payment {
  readonly recipient: Uint8Array;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly memo: string;
  /** Id of the wallet's pending transaction whose place it is meant to take. */
  readonly replaces?: Uint8Array | null;
  /** The caller's name for the payment: it is made once, however often it is asked for. */
  readonly requestKey?: string | null;
}

export interface PaymentModules {
  readonly wallet: {
    state(): { readonly publicKey: Uint8Array } | undefined;
    /** Signature by the wallet's key, or why there is none. */
    sign(payload: Uint8Array): Uint8Array | Rejection | Promise<Uint8Array>;
  };
  readonly mempool: {
    nextNonce(sender: Uint8Array): bigint | undefined;
    get(id: Uint8Array): { readonly transaction: Transaction } | undefined;
  };
  readonly chain: Lender<AccountReader>;
  /** What each request key stands for, durable once `put` has resolved. */
  readonly requests: {
    get(requestKey: string): Transaction | undefined;
    put(requestKey: string, transaction: Transaction): Promise<void>;
    remove(requestKey: string): Promise<void>;
  };
  /** Admits one signed transaction. */
  readonly submit: (submission: Submission) => Promise<SubmitOutcome>;
}

/** Payments of the node's own wallet. One at a time, so that two never take the same nonce; at MAX_WAITING_PAYMENTS one is refused. */
export class Payments {
  readonly #chainId: Uint8Array;
  readonly #modules: PaymentModules;
  readonly #queue = new SerialQueue(MAX_WAITING_PAYMENTS);

  constructor(options: { readonly chainId: Uint8Array }, modules: PaymentModules) {
    this.#chainId = options.chainId;
    this.#modules = modules;
  }

  /** Fills in sender and nonce, signs, and submits: once for each request key; a repeated key submits the same transaction again. */
  send(payment: Payment): Promise<SubmitOutcome> {
    return this.#queue.run(async () => {
      const { requests, submit } = this.#modules;
      const replaces = payment.replaces ?? undefined;
      const requestKey = payment.requestKey ?? undefined;
      const made = requestKey === undefined ? undefined : requests.get(requestKey);
      if (made) {
        if (isSame(made, payment)) return submit({ transaction: made, replaces });
        return { code: 'REQUEST_KEY_USED', txid: toHex(made.id) };
      }
      const transaction = await this.#sign(payment);
      if ('code' in transaction) return transaction;
      // Before it can leave: after a crash it is offered again, never signed anew beside one that may be mined.
      if (requestKey !== undefined) await requests.put(requestKey, transaction);
      const outcome = await submit({ transaction, replaces });
      if ('code' in outcome && requestKey !== undefined) await requests.remove(requestKey);
      return outcome;
    });
  }

  async #sign(payment: Payment): Promise<Transaction | Rejection> {
    const { wallet, mempool, chain } = this.#modules;
    const sender = wallet.state()?.publicKey;
    if (!sender) return { code: 'WALLET_UNAVAILABLE' };
    const next = mempool.nextNonce(sender) ?? chain.read((reader) => reader.account(sender)).nonce;
    // `submit` refuses to replace a transaction that has left the mempool, whatever the nonce.
    const replaced = payment.replaces ? mempool.get(payment.replaces)?.transaction : undefined;
    const nonce = replaced && equalBytes(replaced.sender, sender) ? replaced.nonce : next;
    const { recipient, amount, fee, memo } = payment;
    const unsigned = { sender, recipient, amount, fee, nonce, memo };
    const malformed = checkTransactionForm({ ...unsigned, signature: UNSIGNED });
    if (malformed) return malformed;
    const signature = await wallet.sign(signingPayload(this.#chainId, unsigned));
    return 'code' in signature ? signature : createTransaction(this.#chainId, unsigned, signature);
  }
}

function isSame(made: Transaction, { recipient, amount, fee, memo }: Payment): boolean {
  return equalBytes(made.recipient, recipient) && made.amount === amount && made.fee === fee && made.memo === memo;
}
