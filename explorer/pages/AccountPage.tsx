import { useMemo, type ReactNode } from 'react';
import { MempoolDetailsDocument } from '../node/operations.js';
import { AccountLedger } from '../account/accountLedger.js';
import type { Statement } from '../account/statement.js';
import { useBalance } from '../account/useBalance.js';
import { Chart, type Points } from '../charts/Chart.js';
import { node } from '../node/connection.js';
import { useAnswer, useQuestion } from '../node/useAnswer.js';
import { useAddressPrefix } from '../node/useAddressPrefix.js';
import { Amount } from '../parts/Amount.js';
import { Awaited } from '../parts/Awaited.js';
import { Figure } from '../parts/Figure.js';
import { Identifier } from '../parts/Identifier.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Panel } from '../parts/Panel.js';
import { TransferTable } from '../parts/TransferTable.js';
import { readAddress } from '../text/addresses.js';
import { coinsToDraw } from '../text/coins.js';
import { formatCount } from '../text/numbers.js';
import { HistoryPanel } from './HistoryPanel.js';

/** An account: its balance, its history and its pending transactions. */
export function AccountPage({ address }: { readonly address: string }): ReactNode {
  const prefix = useAddressPrefix();
  if (prefix === undefined) return <Notice kind="loading">Waiting for the node…</Notice>;
  try {
    return <Account address={readAddress(prefix, address)} />;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return (
      <>
        <PageHeading title="No such account" />
        <Notice kind="empty">This is no address of this network: {error.message}.</Notice>
      </>
    );
  }
}

function Account({ address }: { readonly address: string }): ReactNode {
  const asked = useBalance(address);
  const { answer: balance } = asked;
  const revision = balance ? `${balance.nonce} ${balance.nextNonce} ${balance.confirmed} ${balance.incoming}` : '';
  return (
    <>
      <PageHeading title="Account" />
      <p className="subject">
        <Identifier kind="account" text={address} whole link={false} />
      </p>
      <Awaited of={asked} what="account">
        {({ confirmed, available, incoming, nonce, nextNonce }) => (
          <>
            <dl className="figures">
              <Figure label="Balance" note="on the best chain">
                <Amount baseUnits={confirmed} />
              </Figure>
              <Figure label="Available" note="without pending payments">
                <Amount baseUnits={available} />
              </Figure>
              <Figure label="Incoming" note="in the mempool">
                <Amount baseUnits={incoming} />
              </Figure>
              <Figure label="Sent" note={nextNonce === nonce ? 'transactions' : `next nonce ${nextNonce}`}>
                {formatCount(BigInt(nonce))}
              </Figure>
            </dl>
            <Pending address={address} revision={revision} />
            <Past address={address} revision={revision} />
          </>
        )}
      </Awaited>
    </>
  );
}

/** The account's history, which takes a while to read. */
function Past({ address, revision }: { readonly address: string; readonly revision: string }): ReactNode {
  const ledger = useMemo(() => new AccountLedger(address, { node }), [address]);
  const history = useQuestion((signal) => ledger.refresh(signal), address, revision);
  return (
    <Awaited of={history} what="history">
      {(known) => (
        <>
          <BalancePanel history={known} />
          <HistoryPanel address={address} history={known} />
        </>
      )}
    </Awaited>
  );
}

function BalancePanel({ history: { points, from } }: { readonly history: Statement }): ReactNode {
  const drawn = useMemo(
    (): Points => [points.map(({ at }) => at / 1000), points.map(({ balance }) => coinsToDraw(balance))],
    [points],
  );
  return (
    <Panel
      title="Balance over time"
      aside={from === 0 ? 'from the beginning' : `since block ${formatCount(from)}: earlier changes are not read here`}
    >
      <Chart label="Balance in coins" points={drawn} shape="steps" along="time" format={coins} fromZero height={180} />
    </Panel>
  );
}

/** Beside an axis; the exact amounts are in the table. */
function coins(value: number): string {
  return AXIS.format(value);
}

function Pending({ address, revision }: { readonly address: string; readonly revision: string }): ReactNode {
  const { answer } = useAnswer(MempoolDetailsDocument, { sender: address, first: 20 }, revision);
  const nodes = answer?.mempool.transactions.nodes ?? [];
  // Most accounts have no pending transaction most of the time.
  if (nodes.length === 0) return null;
  return (
    <Panel title="Being sent" aside="in the mempool">
      <TransferTable transfers={nodes} account={address} />
    </Panel>
  );
}

const AXIS = new Intl.NumberFormat('en', { maximumFractionDigits: 8 });
