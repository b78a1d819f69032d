import { useMemo, type ReactNode } from 'react';
import { AccountDocument, MempoolDetailsDocument } from '../../src/client/client.js';
import { useBalancePoints } from '../account/useBalancePoints.js';
import { useLiveBalance } from '../account/useLiveBalance.js';
import { Chart } from '../charts/Chart.js';
import { useAnswer } from '../node/useAnswer.js';
import { useAddressPrefix } from '../node/useAddressPrefix.js';
import { useTip } from '../node/useChain.js';
import { Amount } from '../parts/Amount.js';
import { Awaited } from '../parts/Awaited.js';
import { Figure } from '../parts/Figure.js';
import { Identifier } from '../parts/Identifier.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Panel } from '../parts/Panel.js';
import { TransferTable } from '../parts/TransferTable.js';
import { readAddress } from '../text/addresses.js';
import { formatCount } from '../text/numbers.js';
import { HistoryPanel } from './HistoryPanel.js';

/** An account: what it has, how that came about, and what is on its way. */
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
  const told = useLiveBalance(address);
  const asked = useAnswer(AccountDocument, { address }, useTip());
  const balance = told ?? asked.answer?.balance;
  const revision = balance ? `${balance.nonce} ${balance.nextNonce} ${balance.confirmed} ${balance.incoming}` : '';
  return (
    <>
      <PageHeading title="Account" />
      <p className="subject">
        <Identifier kind="account" text={address} whole link={false} />
      </p>
      <Awaited of={asked} what="account">
        {({ balance: known }) => {
          const { confirmed, available, incoming, nonce, nextNonce } = told ?? known;
          return (
            <>
              <dl className="figures">
                <Figure label="Balance" note="on the best chain">
                  <Amount baseUnits={confirmed} />
                </Figure>
                <Figure label="Available" note="less what it has pending">
                  <Amount baseUnits={available} />
                </Figure>
                <Figure label="Incoming" note="in the mempool">
                  <Amount baseUnits={incoming} />
                </Figure>
                <Figure label="Sent" note={nextNonce === nonce ? 'transactions' : `next nonce ${nextNonce}`}>
                  {formatCount(BigInt(nonce))}
                </Figure>
              </dl>
              <BalancePanel address={address} told={told} />
              <Pending address={address} revision={revision} />
              <HistoryPanel address={address} revision={revision} />
            </>
          );
        }}
      </Awaited>
    </>
  );
}

interface BalancePanelProps {
  readonly address: string;
  readonly told: ReturnType<typeof useLiveBalance>;
}

function BalancePanel({ address, told }: BalancePanelProps): ReactNode {
  const latest = useMemo(
    () =>
      told && {
        height: told.asOf.height,
        at: Date.parse(told.asOf.timestamp),
        balance: BigInt(told.confirmed),
      },
    [told],
  );
  const history = useBalancePoints(address, latest);
  return (
    <Panel title="Balance over time" aside={history && `since block ${formatCount(history.from)}`}>
      {history ? (
        <Chart
          label="Balance in coins"
          points={history.points}
          shape="steps"
          along="time"
          format={coins}
          height={180}
        />
      ) : (
        <Notice kind="loading">Loading the history…</Notice>
      )}
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
  // Most accounts have none most of the time.
  if (nodes.length === 0) return null;
  return (
    <Panel title="Being sent" aside="in the mempool">
      <TransferTable transfers={nodes} account={address} />
    </Panel>
  );
}

const AXIS = new Intl.NumberFormat('en', { maximumFractionDigits: 8 });
