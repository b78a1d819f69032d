import type { ReactNode } from 'react';
import { MempoolDetailsDocument, type MempoolDetailsQuery } from '../node/operations.js';
import { Chart } from '../charts/Chart.js';
import { useMempoolHistory } from '../charts/useMempoolHistory.js';
import { useAnswer } from '../node/useAnswer.js';
import { useMempoolRevision } from '../node/useMempoolRevision.js';
import { Age } from '../parts/Age.js';
import { Amount } from '../parts/Amount.js';
import { Awaited } from '../parts/Awaited.js';
import { Figure } from '../parts/Figure.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Pager } from '../parts/Pager.js';
import { Panel } from '../parts/Panel.js';
import { TransferTable } from '../parts/TransferTable.js';
import { usePages, type Pages } from '../parts/usePages.js';
import { formatBytes, formatCompact, formatCount } from '../text/numbers.js';

/** The pending transactions, best fee rate first. */
export function MempoolPage(): ReactNode {
  const pages = usePages();
  const { after } = pages;
  const details = useAnswer(MempoolDetailsDocument, { first: PAGE, ...(after && { after }) }, useMempoolRevision());
  const sizes = useMempoolHistory(details.answer?.mempool);
  return (
    <>
      <PageHeading title="Mempool" />
      <Awaited of={details} what="mempool">
        {({ mempool }) => (
          <>
            <Figures mempool={mempool} />
            <Panel title="Transactions that wait" aside="since this page was opened">
              <Chart
                label="Transactions that wait"
                points={sizes}
                shape="steps"
                along="time"
                format={formatCompact}
                whole
              />
            </Panel>
            <Waiting mempool={mempool} pages={pages} />
          </>
        )}
      </Awaited>
    </>
  );
}

type Details = Pick<MempoolDetailsQuery, 'mempool'>;

function Figures({ mempool: { size, maxSize, bytes, maxBytes, minimumFee } }: Details): ReactNode {
  return (
    <dl className="figures">
      <Figure label="Transactions" note={`of ${formatCount(maxSize)} at most`}>
        {formatCount(size)}
      </Figure>
      <Figure label="Size" note={`of ${formatBytes(maxBytes)} at most`}>
        {formatBytes(bytes)}
      </Figure>
      <Figure label="Lowest fee admitted">
        <Amount baseUnits={minimumFee} />
      </Figure>
    </dl>
  );
}

function Waiting({ mempool, pages }: Details & { readonly pages: Pages }): ReactNode {
  const { nodes, pageInfo } = mempool.transactions;
  const { hasNextPage, endCursor } = pageInfo;
  return (
    <Panel title="By fee" aside="in mining order, best fee rate first">
      {nodes.length === 0 ? (
        <Notice kind="empty">No transaction waits.</Notice>
      ) : (
        <TransferTable
          transfers={nodes}
          extra={{ title: 'Arrived', cell: ({ status }) => <Arrival status={status} />, onPhone: 'hidden' }}
        />
      )}
      <Pager
        labels={['Better fees', 'Lower fees']}
        back={pages.back}
        forth={hasNextPage && endCursor !== null ? () => pages.open(endCursor) : undefined}
      />
    </Panel>
  );
}

type Pending = MempoolDetailsQuery['mempool']['transactions']['nodes'][number];

function Arrival({ status }: Pick<Pending, 'status'>): ReactNode {
  switch (status.__typename) {
    case 'TransactionPending':
      return <Age at={status.since} />;
    case 'TransactionQueued':
      return (
        <>
          <Age at={status.since} /> <span className="aside">held back for nonce {status.missingNonce}</span>
        </>
      );
    case 'TransactionConfirmed':
    case 'TransactionDropped':
      // It has left the mempool since the list was made.
      return '–';
  }
}

const PAGE = 50;
