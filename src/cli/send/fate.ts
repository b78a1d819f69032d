import { confirm, type Confirmation } from '../../client/confirm.js';
import type { NodeConnection } from '../../client/correnteClient.js';
import {
  type RejectionCode,
  type SendTransactionMutation,
  SendTransactionsDocument,
  type SendTransactionsMutation,
  SettlementDocument,
} from '../../client/operations/public.js';
import { RequestError } from '../../client/requests.js';
import type { Transaction } from '../../consensus/transaction.js';
import { toHex } from '../../crypto/bytes.js';
import { type Ask, RequestFailure } from '../nodeClient.js';
import { transactionInput } from '../../client/codec.js';
import { formatCoins } from '../../consensus/coins.js';
import { prefixOf } from '../../crypto/address.js';
import type { KeptPayment, PaymentOutbox } from './outbox.js';
import { Failure } from '../failure.js';
import { print } from '../terminal.js';

/** A block of the best chain. */
export interface BlockName {
  readonly height: number;
  readonly hash: string;
}

/** What a node knows of a signed payment. */
export type Fate =
  | { readonly status: 'confirmed'; readonly block: BlockName }
  /** Another payment of the account is in a block with its nonce: this one was not paid, and cannot be any more. */
  | { readonly status: 'nonceUsed' }
  /** The node has it. */
  | { readonly status: 'pending' }
  /** The node does not have it. Another may, and its signature is good until its nonce is used. */
  | { readonly status: 'unknown' };

/** Asks for the fate of a payment of `sender`, an address. One request sees one state. */
export async function fateOf({ id, nonce }: Transaction, sender: string, ask: Ask): Promise<Fate> {
  const { balance, transaction } = await ask(SettlementDocument, { address: sender, id: toHex(id) });
  const status = transaction?.status;
  switch (status?.__typename) {
    case 'TransactionConfirmed':
      return { status: 'confirmed', block: status.block };
    case 'TransactionPending':
    case 'TransactionQueued':
      return { status: 'pending' };
    case 'TransactionDropped':
    case undefined:
      return { status: nonce < BigInt(balance.nonce) ? 'nonceUsed' : 'unknown' };
  }
}

interface WaitOptions {
  readonly ask: Ask;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Called once, when the node does not answer. */
  readonly note: (text: string) => void;
}

/**
 * Waits for the block of a payment that a node accepted; a node that restarts meanwhile is asked until the time is over. Undefined: the
 * payment cannot be paid any more. Throws InDoubtFailure, RequestFailure and the reason of `signal`.
 */
export async function blockOf(
  transaction: Transaction,
  sender: string,
  { ask, signal, timeoutMs, note }: WaitOptions,
): Promise<BlockName | undefined> {
  const id = toHex(transaction.id);
  let silent = false;
  const node: NodeConnection = {
    request: (document, variables) =>
      ask(document, variables).catch((error: unknown) => {
        if (!(error instanceof RequestFailure)) throw error;
        if (!silent) note(`${error.message}; asks again for up to ${Math.ceil(timeoutMs / 1_000)} s (--timeout)`);
        silent = true;
        throw error.cause;
      }),
  };
  const outcome = await confirm({ node }, { id, timeoutMs, signal }).catch((error: unknown): Confirmation => {
    if (!(error instanceof RequestError)) throw error;
    throw new InDoubtFailure(id, `was accepted, and is not known to be in a block: ${error.message}`);
  });
  if (outcome.status === 'confirmed') return outcome.block;
  if (outcome.status === 'pending') throw new InDoubtFailure(id, 'was accepted, and is in no block yet');
  const fate = await fateOf(transaction, sender, ask);
  if (fate.status === 'confirmed') return fate.block;
  if (fate.status === 'nonceUsed') return undefined;
  const { code, message } = outcome;
  throw new InDoubtFailure(
    id,
    `was accepted and dropped: ${code}: ${message}; it can be paid until nonce ${transaction.nonce} is used`,
  );
}

export interface EarlierModules {
  readonly ask: Ask;
  readonly outbox: Pick<PaymentOutbox, 'forget'>;
  readonly note: (text: string) => void;
}

/**
 * Lets earlier payments of an account, whose fate is not known, go before new ones: offers the node those that it does not have.
 * `sender` is its address.
 */
export async function letPass(
  payments: readonly KeptPayment[],
  sender: string,
  modules: EarlierModules,
): Promise<void> {
  const { ask, outbox, note } = modules;
  for (const payment of payments) {
    const { id, transaction, signedAt } = payment;
    const fate = await fateOf(transaction, sender, ask);
    const which = `the earlier payment ${id} of ${formatCoins(transaction.amount)} coins`;
    if (fate.status === 'nonceUsed') {
      await outbox.forget(id);
      note(`${which} was not paid and cannot be any more: another used nonce ${transaction.nonce}`);
    } else if (fate.status === 'confirmed') {
      // Its own command may still ask for it.
      if (Date.now() - signedAt > KEPT_MS) await outbox.forget(id);
      note(`${which} is in block ${fate.block.height}`);
    } else if (fate.status === 'unknown') {
      note(`offers ${which} first: it was in doubt, and this node does not have it`);
      const outcome = await offerKept(payment, sender, ask);
      if (outcome.__typename === 'Rejected') note(`${id}: ${outcome.code}: ${outcome.message}`);
    }
  }
}

/** Offers one payment to the node. Throws RequestFailure. */
export async function offerKept(
  { transaction, replaces }: KeptPayment,
  sender: string,
  ask: Ask,
): Promise<SendTransactionsMutation['addTransactions'][number]> {
  const input = { ...transactionInput(transaction, prefixOf(sender)), ...(replaces !== undefined && { replaces }) };
  const { addTransactions } = await ask(SendTransactionsDocument, { transactions: [input] });
  return addTransactions[0]!;
}

/** How long after it was signed a confirmed payment is kept for the command that signed it. */
const KEPT_MS = 86_400_000;

export type Deliveries = Extract<
  SendTransactionMutation['addTransaction'],
  { readonly __typename: 'TransactionAccepted' }
>['deliveries'];

/** The node refused the payment: it was not taken, and not sent on. */
export class RejectedFailure extends Failure {
  readonly id: string;
  readonly rejected: { readonly code: RejectionCode; readonly message: string };

  constructor(id: string, rejected: RejectedFailure['rejected']) {
    super(`rejected: ${rejected.code}: ${rejected.message}`);
    this.id = id;
    this.rejected = rejected;
  }
}

/** A signed payment may have left, and its fate is not known. `what` continues a sentence that begins with its id. */
export class InDoubtFailure extends Failure {
  readonly id: string;

  constructor(id: string, what: string) {
    super(
      `${id} ${what}. To find out: transaction(id: "${id}"), or the same command again, without --again: it goes on with the same signature and pays once`,
      3,
    );
    this.id = id;
  }
}

/** Reports what becomes of one payment: for people as soon as it is known, for programs in one JSON value at the end. */
export class PaymentReport {
  readonly #json: boolean;
  #payment: KeptPayment | undefined;
  #answer: Record<string, unknown> = {};

  constructor(json: boolean) {
    this.#json = json;
  }

  /** About earlier payments, or why it waits. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** `recipient` is an address; `earlier`: it was signed by an earlier command. */
  accepted(
    payment: KeptPayment,
    details: { readonly recipient: string; readonly earlier: boolean; readonly replaced: string | undefined },
  ): void {
    const { recipient, earlier, replaced } = details;
    const { id, transaction } = payment;
    this.#payment = payment;
    this.#answer = { id, status: 'accepted', ...(earlier && { earlier }), ...(replaced !== undefined && { replaced }) };
    this.#lines([
      `accepted   ${id}`,
      `           ${formatCoins(transaction.amount)} coins to ${recipient}, nonce ${transaction.nonce}`,
      ...(earlier ? ['           signed by an earlier command, and paid once'] : []),
      ...(replaced === undefined ? [] : [`replaced   ${replaced}`]),
    ]);
  }

  /** Undefined: not known in time. */
  delivered(deliveries: Deliveries | undefined): void {
    this.#answer['deliveries'] = deliveries ?? null;
    this.#lines(
      deliveries
        ? deliveries.map(({ peer, outcome, rejected }) =>
            `${outcome.padEnd(13)} ${peer.url} ${rejected?.code ?? ''}`.trimEnd(),
          )
        : ['           what its peers answered is not known in time'],
    );
  }

  confirmed(block: { readonly height: number; readonly hash: string }): void {
    Object.assign(this.#answer, { status: 'confirmed', block });
    this.#lines([`confirmed  in block ${block.height} ${block.hash}`]);
  }

  /** The one JSON value, also of a command that failed: `failure` is what it ends with. */
  end(failure?: unknown): void {
    if (!this.#json) return;
    if (failure === undefined) print(true, this.#answer, []);
    else if (failure instanceof InDoubtFailure) {
      print(true, { ...this.#answer, id: failure.id, status: 'inDoubt', message: failure.message }, []);
    } else if (failure instanceof RejectedFailure) {
      print(true, { id: failure.id, status: 'rejected', rejected: failure.rejected }, []);
    } else if (this.#payment && failure instanceof Failure) {
      print(true, { ...this.#answer, status: 'notPaid', message: failure.message }, []);
    }
  }

  #lines(lines: readonly string[]): void {
    if (!this.#json) print(false, undefined, lines);
  }
}
