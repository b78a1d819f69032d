import { formatCoins } from '../../consensus/coins.js';
import type { RejectionCode, SendTransactionMutation } from '../../client/operations/public.js';
import { Failure } from '../failure.js';
import { print } from '../terminal.js';
import type { KeptPayment } from './outbox.js';

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
