import { useState, type SyntheticEvent, type ReactNode } from 'react';
import { RequestError, type KeyPair } from '../../src/client/client.js';
import { useLiveBalance } from '../account/useLiveBalance.js';
import { node } from '../node/connection.js';
import { Amount } from '../parts/Amount.js';
import { Notice } from '../parts/Notice.js';
import { Panel } from '../parts/Panel.js';
import { send } from './outbox.js';
import { readPayment, type PaymentField, type PaymentText } from './readPayment.js';
import { SendField } from './SendField.js';

export interface SendFormProps {
  readonly keyPair: KeyPair;
  /** Address of the key. */
  readonly sender: string;
}

/** Fills in a transfer, and signs and sends it. */
export function SendForm({ keyPair, sender }: SendFormProps): ReactNode {
  const [text, setText] = useState<PaymentText>(EMPTY);
  const [troubles, setTroubles] = useState<Partial<Record<PaymentField, string>>>({});
  const [failure, setFailure] = useState('');
  const [sending, setSending] = useState(false);
  const balance = useLiveBalance(sender);

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const read = readPayment({ ...text, sender });
    setTroubles(read.troubles ?? {});
    setFailure('');
    if (!read.payment) return;
    setSending(true);
    try {
      await send(read.payment, { node, keyPair });
      // The same payee again is likelier than the same payment twice.
      setText({ ...EMPTY, recipient: text.recipient });
    } catch (error) {
      if (!(error instanceof RequestError) && !(error instanceof RangeError)) throw error;
      setFailure(`Nothing was sent. ${error.message}`);
    } finally {
      setSending(false);
    }
  };

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
    <Panel
      title="Transfer"
      aside={
        balance && (
          <>
            available <Amount baseUnits={balance.available} />
          </>
        )
      }
    >
      <form className="transfer" noValidate onSubmit={(event) => void submit(event)}>
        <SendField {...field('recipient')} label="Recipient" placeholder="Address" />
        <div className="columns">
          <SendField {...field('amount')} label="Amount in coins" placeholder="0.00000000" decimal />
          <SendField {...field('fee')} label="Fee in coins" placeholder="0.00000000" decimal />
        </div>
        <SendField {...field('memo')} label="Memo, public, at most 64 bytes" placeholder="" />
        {failure !== '' && <Notice kind="error">{failure}</Notice>}
        <button type="submit" aria-busy={sending} disabled={sending}>
          Sign and send
        </button>
      </form>
    </Panel>
  );
}

const EMPTY: PaymentText = { recipient: '', amount: '', fee: '0', memo: '' };
