import { useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';
import { node } from '../node/connection.js';
import { Amount } from '../parts/Amount.js';
import { Badge } from '../parts/Badge.js';
import { Identifier } from '../parts/Identifier.js';
import { Panel } from '../parts/Panel.js';
import { formatCount } from '../text/numbers.js';
import { resume, useOutbox, type Sent } from './outbox.js';

/** The payments sent from this page, each followed until it is confirmed. */
export function SentPanel(): ReactNode {
  const sent = useOutbox();
  useEffect(() => resume(node), []);
  if (sent.length === 0) return null;
  return (
    <Panel title="Sent from this page" aside="newest first">
      <ol className="sent">
        {sent.map(({ id, amount, recipient, state }) => (
          <li key={id}>
            <span>
              <Identifier kind="transaction" text={id} />
            </span>
            <span>
              <Amount baseUnits={amount} /> to <Identifier kind="account" text={recipient} />
            </span>
            <span role="status">
              <Outcome state={state} />
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Outcome({ state }: Pick<Sent, 'state'>): ReactNode {
  switch (state.status) {
    case 'waiting':
      return <Badge tone="waiting">waits for a block</Badge>;
    case 'confirmed':
      return (
        <>
          <Badge tone="good">confirmed</Badge> in block{' '}
          <Link href={`/block/${state.block.height}`}>{formatCount(state.block.height)}</Link>
        </>
      );
    case 'rejected':
      return (
        <>
          <Badge tone="bad">rejected</Badge> {state.message} <code>{state.code}</code>
        </>
      );
    case 'dropped':
      return (
        <>
          <Badge tone="bad">dropped</Badge> {state.message} <code>{state.code}</code>. This page does not send it again.
          Another node may still have it, until another payment of this account is confirmed.
        </>
      );
    case 'pending':
      return (
        <>
          <Badge tone="waiting">still waits</Badge>{' '}
          {state.missingNonce === undefined ? 'for a block' : `for the transaction with nonce ${state.missingNonce}`}
        </>
      );
    case 'failed':
      return (
        <>
          <Badge tone="bad">in doubt</Badge> {state.message}. Reload this page to send it again: it pays once.
        </>
      );
  }
}
