import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { AccountHistoryDocument, type AccountHistoryQuery } from '../../src/client/client.js';
import { useAnswer } from '../node/useAnswer.js';
import { Age } from '../parts/Age.js';
import { Awaited } from '../parts/Awaited.js';
import { Notice } from '../parts/Notice.js';
import { Pager } from '../parts/Pager.js';
import { Panel } from '../parts/Panel.js';
import { TransferTable } from '../parts/TransferTable.js';
import { usePages } from '../parts/usePages.js';
import { formatCount } from '../text/numbers.js';

export interface HistoryPanelProps {
  readonly address: string;
  /** Changes when the history may have changed. */
  readonly revision: string;
}

/** Confirmed transactions of an account, newest first. */
export function HistoryPanel({ address, revision }: HistoryPanelProps): ReactNode {
  const { after, back, open } = usePages();
  const history = useAnswer(AccountHistoryDocument, { address, first: PAGE, ...(after && { after }) }, revision);
  const count = history.answer?.balance.transactions.totalCount;
  return (
    <Panel title="History" aside={count === undefined ? undefined : `${formatCount(count)} confirmed, newest first`}>
      <Awaited of={history} what="history">
        {({ balance: { transactions } }) => {
          const { hasNextPage, endCursor } = transactions.pageInfo;
          return (
            <>
              {transactions.nodes.length === 0 ? (
                <Notice kind="empty">
                  No confirmed transaction. Rewards of mining are in the balance, but no transactions.
                </Notice>
              ) : (
                <TransferTable
                  transfers={transactions.nodes}
                  account={address}
                  extra={{ title: 'Block', cell: ({ status }) => <Place status={status} />, onPhone: 'instead' }}
                />
              )}
              <Pager
                labels={['Newer', 'Older']}
                back={back}
                forth={hasNextPage && endCursor !== null ? () => open(endCursor) : undefined}
              />
            </>
          );
        }}
      </Awaited>
    </Panel>
  );
}

type Confirmed = AccountHistoryQuery['balance']['transactions']['nodes'][number];

function Place({ status }: Pick<Confirmed, 'status'>): ReactNode {
  if (status.__typename !== 'TransactionConfirmed') return '–';
  const { height, timestamp } = status.block;
  return (
    <>
      <Link href={`/block/${height}`}>{formatCount(height)}</Link>{' '}
      <span className="aside roomy">
        <Age at={timestamp} />
      </span>
    </>
  );
}

const PAGE = 25;
