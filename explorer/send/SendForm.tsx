import { useState, type SyntheticEvent, type ReactNode } from 'react';
import { RequestError, type KeyPair } from '../../src/client/client.js';
import { useBalance } from '../account/useBalance.js';
import { node } from '../node/connection.js';
import { Amount } from '../parts/Amount.js';
import { Notice } from '../parts/Notice.js';
import { Panel } from '../parts/Panel.js';
import { useFocusedPart } from '../parts/useFocusedPart.js';
import { send, type Payment } from './outbox.js';
import { PaymentQuestion } from './PaymentQuestion.js';
import { readPayment, type PaymentField, type PaymentText } from './readPayment.js';
import { SendField } from './SendField.js';

export interface SendFormProps {
  readonly keyPair: KeyPair;
  /** Address of the key. */
  readonly sender: string;
}

/** A form for a transfer: it asks, then signs and sends it. */
export function SendForm({ keyPair, sender }: SendFormProps): ReactNode {
  const [text, setText] = useState<PaymentText>(EMPTY);
  const [troubles, setTroubles] = useState<Partial<Record<PaymentField, string>>>({});
  const [asked, setAsked] = useState<Payment>();
  const [failure, setFailure] = useState('');
  const [sending, setSending] = useState(false);
  const { answer: balance } = useBalance(sender);
  const available = balance && BigInt(balance.available);
  const place = useFocusedPart(asked);

  const check = (event: SyntheticEvent): void => {
    event.preventDefault();
    setFailure('');
    if (available === undefined) {
      setFailure('The balance of this account is still loading.');
      return;
    }
    const read = readPayment(text, { sender, available });
    setTroubles(read.troubles ?? {});
    setAsked(read.payment);
  };

  const pay = async (payment: Payment): Promise<void> => {
    setSending(true);
    try {
      await send(payment, { node, keyPair });
      // The user more likely pays the same payee again than repeats the same payment.
      setText({ ...EMPTY, recipient: payment.recipient });
    } catch (error) {
      if (!(error instanceof RequestError) && !(error instanceof RangeError)) throw error;
      setFailure(`Nothing was sent. ${error.message}`);
    } finally {
      setSending(false);
      setAsked(undefined);
    }
  };

  if (asked && available !== undefined) {
    return (
      <div ref={place}>
        <PaymentQuestion
          payment={asked}
          available={available}
          sending={sending}
          onSend={() => void pay(asked)}
          onBack={() => setAsked(undefined)}
        />
      </div>
    );
  }

  const field = (name: PaymentField) => ({
    name,
    value: text[name],
    trouble: troubles[name],
    onChange: (value: string) => {
      setText((before) => ({ ...before, [name]: value }));
      setTroubles((before) => ({ ...before, [name]: undefined }));
    },
  });

  return (
    <div ref={place}>
      <Panel
        title="Transfer"
        aside={
          available !== undefined && (
            <>
              available <Amount baseUnits={available} />
            </>
          )
        }
      >
        <form className="transfer" noValidate onSubmit={check}>
          <SendField {...field('recipient')} label="Recipient" placeholder="Address" kind="address" />
          <div className="columns">
            <SendField {...field('amount')} label="Amount in coins" placeholder="1.5" kind="amount" />
            <SendField {...field('fee')} label="Fee in coins" placeholder="0" kind="amount" />
          </div>
          <SendField {...field('memo')} label="Memo, public, at most 64 bytes" />
          {failure !== '' && <Notice kind="error">{failure}</Notice>}
          <button type="submit">Check</button>
        </form>
      </Panel>
    </div>
  );
}

const EMPTY: PaymentText = { recipient: '', amount: '', fee: '0', memo: '' };
