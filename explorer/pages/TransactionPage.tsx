import { useState, type ReactNode } from 'react';
import { TransactionDetailsDocument, type TransactionDetailsQuery } from '../node/operations.js';
import { TransactionStatusChangedDocument, type StatusFragment } from '../../src/client/client.js';
import { useAnswer } from '../node/useAnswer.js';
import { useTip } from '../node/useChain.js';
import { useSubscription } from '../node/useSubscription.js';
import { Amount } from '../parts/Amount.js';
import { Awaited } from '../parts/Awaited.js';
import { Field } from '../parts/Field.js';
import { Identifier } from '../parts/Identifier.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Timestamp } from '../parts/Timestamp.js';
import { TransactionState } from '../parts/TransactionState.js';
import { ProofPanel } from './ProofPanel.js';

/** A transaction, live from the mempool into the chain. */
export function TransactionPage({ id }: { readonly id: string }): ReactNode {
  return /^[0-9a-f]{64}$/.test(id) ? <Transaction id={id} /> : <Unknown id={id} />;
}

function Transaction({ id }: { readonly id: string }): ReactNode {
  const [heard, setHeard] = useState<StatusFragment>();
  const tip = useTip();
  // Also for a transaction that the node does not have yet: it appears when it comes.
  useSubscription(TransactionStatusChangedDocument, { id, confirmations: 1 }, ({ transactionStatus }) =>
    setHeard(transactionStatus),
  );
  const details = useAnswer(TransactionDetailsDocument, { id }, `${tip} ${heard?.__typename ?? ''}`);
  return (
    <Awaited of={details} what="transaction">
      {({ chain, transaction }) =>
        transaction ? <Details chainId={chain.id} transaction={transaction} /> : <Unknown id={id} />
      }
    </Awaited>
  );
}

function Unknown({ id }: { readonly id: string }): ReactNode {
  return (
    <>
      <PageHeading title="Unknown transaction" />
      <Notice kind="empty">
        This node knows no transaction <code>{id}</code>. If it is still on its way, it appears here when it arrives.
      </Notice>
    </>
  );
}

interface DetailsProps {
  readonly chainId: string;
  readonly transaction: NonNullable<TransactionDetailsQuery['transaction']>;
}

function Details({ chainId, transaction }: DetailsProps): ReactNode {
  const { id, sender, recipient, amount, fee, nonce, memo, status, signature } = transaction;
  return (
    <>
      <PageHeading title="Transaction">
        <p className="state" role="status">
          <TransactionState status={status} />
        </p>
      </PageHeading>
      <dl className="fields panel">
        <Field label="Id">
          <Identifier kind="transaction" text={id} whole link={false} />
        </Field>
        <Field label="From">
          <Identifier kind="account" text={sender} whole />
        </Field>
        <Field label="To">
          <Identifier kind="account" text={recipient} whole />
        </Field>
        <Field label="Amount">
          <Amount baseUnits={amount} />
        </Field>
        <Field label="Fee">
          <Amount baseUnits={fee} />
        </Field>
        <Field label="Memo">{memo === '' ? <span className="aside">none</span> : <q>{memo}</q>}</Field>
        <Field label="Nonce">{nonce}</Field>
        <Field label={TIMES[status.__typename]}>
          <Time status={status} />
        </Field>
        <Field label="Signature">
          <code>{signature}</code>
        </Field>
      </dl>
      {status.__typename === 'TransactionConfirmed' && (
        <ProofPanel key={status.block.hash} id={id} chainId={chainId} block={status.block} />
      )}
    </>
  );
}

function Time({ status }: Pick<DetailsProps['transaction'], 'status'>): ReactNode {
  switch (status.__typename) {
    case 'TransactionPending':
    case 'TransactionQueued':
      return <Timestamp at={status.since} />;
    case 'TransactionConfirmed':
      return <Timestamp at={status.block.timestamp} />;
    case 'TransactionDropped':
      return status.at === null ? 'never in this mempool' : <Timestamp at={status.at} />;
  }
}

const TIMES = {
  TransactionPending: 'Arrived',
  TransactionQueued: 'Arrived',
  TransactionConfirmed: 'Mined',
  TransactionDropped: 'Dropped',
};
