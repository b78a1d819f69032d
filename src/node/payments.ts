import type { Rejection } from '../consensus/rejection.js';
import { createTransaction, malformedTransaction, signingPayload, type Transaction } from '../consensus/transaction.js';
import type { Payment, Submission, SubmitOutcome } from '../graphql/services.js';
import { equalBytes } from '../crypto/bytes.js';
import type { AccountReader } from '../ledger/account.js';
import { SerialQueue } from '../util/serialQueue.js';

export interface PaymentModules {
  readonly wallet: {
    state(): { readonly publicKey: Uint8Array } | undefined;
    /** Signature by the wallet's key, or why there is none. */
    sign(payload: Uint8Array): Uint8Array | Rejection;
  };
  readonly mempool: {
    nextNonce(sender: Uint8Array): bigint | undefined;
    get(id: Uint8Array): { readonly transaction: Transaction } | undefined;
  };
  readonly chain: { view(): AccountReader };
  /** Admits one signed transaction. */
  readonly submit: (submission: Submission) => Promise<SubmitOutcome>;
}

/** Payments of the node's own wallet. One at a time, so that two never take the same nonce; at MAX_WAITING one is refused. */
export class Payments {
  readonly #chainId: Uint8Array;
  readonly #modules: PaymentModules;
  readonly #queue = new SerialQueue(MAX_WAITING);

  constructor(options: { readonly chainId: Uint8Array }, modules: PaymentModules) {
    this.#chainId = options.chainId;
    this.#modules = modules;
  }

  /** Fills in sender and nonce, signs, and submits. */
  send(payment: Payment): Promise<SubmitOutcome> {
    return this.#queue.run(async () => {
      const { wallet, mempool, chain, submit } = this.#modules;
      const sender = wallet.state()?.publicKey;
      if (!sender) return { code: 'WALLET_UNAVAILABLE' };
      const replaces = payment.replaces ?? undefined;
      const next = mempool.nextNonce(sender) ?? chain.view().account(sender).nonce;
      // One that is not pending any more is refused by `submit`, whatever the nonce.
      const replaced = replaces && mempool.get(replaces)?.transaction;
      const nonce = replaced && equalBytes(replaced.sender, sender) ? replaced.nonce : next;
      const unsigned = { ...payment, sender, nonce };
      const malformed = malformedTransaction({ ...unsigned, signature: UNSIGNED });
      if (malformed) return malformed;
      const signature = wallet.sign(signingPayload(this.#chainId, unsigned));
      if ('code' in signature) return signature;
      return submit({ transaction: createTransaction(this.#chainId, unsigned, signature), replaces });
    });
  }
}

const MAX_WAITING = 1_000;
/** Stands for the signature while the rest is checked. */
const UNSIGNED = new Uint8Array(64);
