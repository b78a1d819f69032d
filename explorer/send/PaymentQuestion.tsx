import type { ReactNode } from 'react';
import { Amount } from '../parts/Amount.js';
import { Field } from '../parts/Field.js';
import { Panel } from '../parts/Panel.js';
import type { Payment } from './outbox.js';

export interface PaymentQuestionProps {
  readonly payment: Payment;
  /** Amount that the payer can spend now, base units. */
  readonly available: bigint;
  readonly sending: boolean;
  readonly onSend: () => void;
  readonly onBack: () => void;
}

/** Asks once before it signs: a payment cannot be taken back. */
export function PaymentQuestion({ payment, available, sending, onSend, onBack }: PaymentQuestionProps): ReactNode {
  const { recipient, amount, fee, memo } = payment;
  return (
    <Panel title="Send this?" aside="it cannot be taken back">
      <dl className="fields">
        <Field label="Amount">
          <Amount baseUnits={amount} />
        </Field>
        <Field label="To">
          <code>{recipient}</code>
        </Field>
        <Field label="Fee">
          <Amount baseUnits={fee} />
        </Field>
        <Field label="Memo">{memo === '' ? <span className="aside">none</span> : <q>{memo}</q>}</Field>
        <Field label="Left after it">
          <Amount baseUnits={available - amount - fee} />
        </Field>
      </dl>
      <div className="buttons">
        <button type="button" aria-busy={sending} disabled={sending} onClick={onSend}>
          Sign and send
        </button>
        <button type="button" className="secondary outline" disabled={sending} onClick={onBack}>
          Back
        </button>
      </div>
    </Panel>
  );
}
