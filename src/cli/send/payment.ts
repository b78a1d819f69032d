import { setTimeout as delay } from 'node:timers/promises';
import { transactionInput } from '../../client/codec.js';
import * as operations from '../../client/operations/public.js';
import { createTransaction as withFields } from '../../client/transfer.js';
import { createTransaction } from '../../consensus/transaction.js';
import { encodeAddress, prefixOf } from '../../crypto/address.js';
import { equalBytes, fromHex, toHex } from '../../crypto/bytes.js';
import { sign, type KeyPair } from '../../crypto/ed25519.js';
import { Failure } from '../failure.js';
import { Interrupted } from '../terminal.js';
import { RequestFailure, type Ask } from '../nodeClient.js';
import type { ParsedAddress } from '../options.js';
import {
  blockOf,
  type Deliveries,
  fateOf,
  InDoubtFailure,
  letPass,
  offerKept,
  type PaymentReport,
  RejectedFailure,
} from './fate.js';
import type { KeptPayment, PaymentOutbox } from './outbox.js';

export interface PaymentOptions {
  readonly to: ParsedAddress;
  /** Base units. */
  readonly amount: bigint;
  /** Base units. */
  readonly fee: bigint;
  readonly memo: string;
  /** Id of the pending transaction that it is to replace. */
  readonly replaces: string | undefined;
  /** Not the payment that is in doubt, but one more of the same kind. */
  readonly again: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number;
}

export interface PaymentModules {
  readonly ask: Ask;
  readonly outbox: PaymentOutbox;
  readonly keyPair: KeyPair;
  readonly report: PaymentReport;
  readonly signal: AbortSignal;
}

interface Account {
  readonly chainId: string;
  readonly address: string;
  readonly nextNonce: bigint;
}

/**
 * One payment from the outbox to its fate. It is on disk before it leaves, and until this command has reported its fate; a command
 * for the same payment goes on with it instead of signing another.
 */
export class PaymentRun {
  readonly #options: PaymentOptions;
  readonly #modules: PaymentModules;
  readonly #deadline: number;
  /** What an earlier command signed for this payment, while its fate is not known. */
  #earlier: KeptPayment | undefined;

  constructor(options: PaymentOptions, modules: PaymentModules) {
    this.#options = options;
    this.#modules = modules;
    this.#deadline = performance.now() + options.timeoutMs;
  }

  /** Resolves when the node has the payment, or, with `wait`, a block. Throws RejectedFailure, InDoubtFailure and Failure. */
  async run(): Promise<void> {
    const { outbox, keyPair } = this.#modules;
    const kept = await outbox.payments(keyPair.publicKey);
    // Of whichever chain, until the node says which one is its own.
    this.#earlier = this.#match(kept);
    try {
      await this.#run(kept);
    } catch (error) {
      const earlier = this.#earlier;
      if (!earlier || !(error instanceof RequestFailure || error instanceof Interrupted)) throw error;
      throw new InDoubtFailure(earlier.id, `may have been taken before: ${error.message}`);
    }
  }

  async #run(all: readonly KeptPayment[]): Promise<void> {
    const { ask, outbox, report } = this.#modules;
    const { replaces } = this.#options;
    let account = await this.#account();
    const kept = all.filter(({ chainId }) => chainId === account.chainId);
    const own = this.#match(kept);
    this.#earlier = own;
    const others = kept.filter(({ id }) => id !== own?.id && id !== replaces);
    await letPass(others, account.address, { ask, outbox, note: (text) => report.note(text) });
    if (own && (await this.#goOn(own, account))) return;
    this.#earlier = undefined;
    for (let attempt = 1; ; attempt++) {
      // What went before may have taken a nonce.
      if (kept.length > 0 || attempt > 1) account = await this.#account();
      const payment = this.#signed(account, await this.#nonce(account, kept));
      await outbox.keep(payment);
      const outcome = await this.#offer(payment, account, true);
      if (outcome.__typename === 'TransactionAccepted') return this.#accepted(payment, account, outcome, false);
      await outbox.forget(payment.id);
      // Another writer of this account was first.
      const taken = outcome.code === 'NONCE_CONFLICT' || outcome.code === 'NONCE_TOO_LOW';
      if (!taken || replaces !== undefined || attempt === MAX_ATTEMPTS) {
        throw new RejectedFailure(payment.id, outcome);
      }
    }
  }

  async #account(): Promise<Account> {
    const { ask, keyPair } = this.#modules;
    const address = encodeAddress(this.#options.to.prefix, keyPair.publicKey);
    const { chain, balance } = await ask(operations.AccountDocument, { address });
    return { chainId: chain.id, address, nextNonce: BigInt(balance.nextNonce) };
  }

  /** The one of these that makes the same payment, unless `--again` asks for one more. */
  #match(kept: readonly KeptPayment[]): KeptPayment | undefined {
    const { to, amount, memo, replaces, again } = this.#options;
    if (again) return undefined;
    return kept.find(
      ({ transaction, replaces: replaced }) =>
        equalBytes(transaction.recipient, to.publicKey) &&
        transaction.amount === amount &&
        transaction.memo === memo &&
        replaced === replaces,
    );
  }

  /** Goes on with the transaction that an earlier command signed for this payment; false if that was not paid and never will be. */
  async #goOn(payment: KeptPayment, account: Account): Promise<boolean> {
    const { ask, outbox, report } = this.#modules;
    const { id, transaction, signedAt } = payment;
    let fate = await fateOf(transaction, account.address, ask);
    if (fate.status === 'pending' || fate.status === 'unknown') {
      report.note(
        `goes on with ${id}, signed ${new Date(signedAt).toISOString()}, whose fate is not known: this pays once (a second payment: --again)`,
      );
      const outcome = await this.#offer(payment, account, false);
      if (outcome.__typename === 'TransactionAccepted') {
        await this.#accepted(payment, account, outcome, true);
        return true;
      }
      fate = await fateOf(transaction, account.address, ask);
      if (fate.status === 'pending' || fate.status === 'unknown') {
        throw refusedInDoubt(payment, outcome);
      }
    }
    if (fate.status === 'nonceUsed') {
      await outbox.forget(id);
      report.note(`${id} was not paid and cannot be any more: another payment used nonce ${transaction.nonce}`);
      return false;
    }
    report.accepted(payment, { recipient: this.#options.to.text, earlier: true, replaced: undefined });
    report.confirmed(fate.block);
    await outbox.forget(id);
    return true;
  }

  async #nonce({ nextNonce, address }: Account, kept: readonly KeptPayment[]): Promise<bigint> {
    const { replaces } = this.#options;
    if (replaces === undefined) return nextNonce;
    const { transaction } = await this.#modules.ask(operations.TransactionNonceDocument, { id: replaces });
    if (transaction && transaction.sender !== address) {
      throw new Failure(
        `--replaces ${replaces}: expected a transaction of ${address}, got one of ${transaction.sender}`,
      );
    }
    if (transaction?.status.__typename === 'TransactionConfirmed') {
      throw new Failure(`--replaces ${replaces}: expected a pending transaction, got one that is in a block`);
    }
    const nonce = transaction?.nonce ?? kept.find(({ id }) => id === replaces)?.transaction.nonce;
    if (nonce === undefined) {
      throw new Failure(`--replaces ${replaces}: expected a pending transaction, got one that the node does not know`);
    }
    return BigInt(nonce);
  }

  #signed({ chainId, address }: Account, nonce: bigint): KeptPayment {
    const { to, amount, fee, memo, replaces } = this.#options;
    try {
      const fields = { chainId, sender: address, recipient: to.text, amount, fee, nonce, memo };
      const { transaction: unsigned, payload } = withFields(fields);
      const transaction = createTransaction(fromHex(chainId), unsigned, sign(payload, this.#modules.keyPair));
      return { chainId, id: toHex(transaction.id), transaction, replaces, signedAt: Date.now() };
    } catch (error) {
      if (error instanceof RangeError) throw new Failure(error.message);
      throw error;
    }
  }

  /**
   * Offers the payment, with `wait` until there is an answer. `first`: it has not left before this call, so a refusal of the first request
   * means that it was not taken. After a request without an answer, only a refusal that shows it can never be paid (NONCE_TOO_LOW) means that.
   */
  async #offer(payment: KeptPayment, { address }: Account, first: boolean): Promise<Outcome> {
    const { ask, outbox, report, signal } = this.#modules;
    for (let asked = false; ; asked = true) {
      try {
        const outcome = await offerKept(payment, address, ask);
        if (first && asked && outcome.__typename === 'Rejected' && outcome.code !== 'NONCE_TOO_LOW') {
          throw refusedInDoubt(payment, outcome);
        }
        return outcome;
      } catch (error) {
        if (!(error instanceof Failure) || error instanceof InDoubtFailure) throw error;
        if (first && !asked && error instanceof RequestFailure && !error.cause.mayHaveArrived) {
          await outbox.forget(payment.id);
          throw error;
        }
        const over = !this.#options.wait || performance.now() > this.#deadline || error instanceof Interrupted;
        if (over) throw new InDoubtFailure(payment.id, `may have been taken: ${error.message}`);
        if (!asked) report.note(`${payment.id} may have been taken: ${error.message}; offers it again`);
        await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #accepted(payment: KeptPayment, account: Account, outcome: Accepted, earlier: boolean): Promise<void> {
    const { outbox, report } = this.#modules;
    const replaced = outcome.replaced?.id;
    report.accepted(payment, { recipient: this.#options.to.text, earlier, replaced });
    try {
      report.delivered(await this.#deliveries(payment, account));
      if (this.#options.wait) {
        const timeoutMs = Math.max(1, Math.ceil(this.#deadline - performance.now()));
        const timeout = Math.ceil(timeoutMs / 1_000);
        const { ask, signal } = this.#modules;
        const note = (text: string): void => report.note(text);
        const told = setTimeout(() => note(`in no block yet; waits up to ${timeout} s for one (--timeout)`), TOLD_MS);
        const waiting = blockOf(payment.transaction, account.address, { ask, signal, timeoutMs, note });
        const block = await waiting.finally(() => clearTimeout(told));
        if (block) report.confirmed(block);
        else {
          await outbox.forget(payment.id);
          throw new Failure(`${payment.id} was not paid and cannot be any more: another payment used its nonce`);
        }
      }
    } catch (error) {
      if (!(error instanceof Interrupted || error instanceof RequestFailure)) throw error;
      throw new InDoubtFailure(payment.id, `was accepted, and is not known to be in a block: ${error.message}`);
    }
    await outbox.forget(payment.id);
    if (replaced !== undefined) await outbox.forget(replaced);
  }

  /** What the peers answered; a slow one hides nothing. */
  async #deliveries({ transaction }: KeptPayment, { address }: Account): Promise<Deliveries | undefined> {
    try {
      const variables = { transaction: transactionInput(transaction, prefixOf(address)) };
      const { addTransaction } = await this.#modules.ask(operations.SendTransactionDocument, variables);
      return addTransaction.__typename === 'TransactionAccepted' ? addTransaction.deliveries : undefined;
    } catch (error) {
      if (error instanceof RequestFailure) return undefined;
      throw error;
    }
  }
}

/** The refusal of a payment that may have been taken before says nothing of its fate. */
function refusedInDoubt({ id, transaction }: KeptPayment, { code, message }: Rejected): InDoubtFailure {
  return new InDoubtFailure(
    id,
    `was in doubt and is refused now (${code}: ${message}); it can be paid until nonce ${transaction.nonce} is used`,
  );
}

type Outcome = operations.SendTransactionsMutation['addTransactions'][number];
type Accepted = Extract<Outcome, { readonly __typename: 'TransactionAccepted' }>;
type Rejected = Extract<Outcome, { readonly __typename: 'Rejected' }>;

/** Other writers of the account can be first so often. */
const MAX_ATTEMPTS = 10;
/** A wait for a block is told after. */
const TOLD_MS = 10_000;
const POLL_MS = 300;
