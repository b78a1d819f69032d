import { useMemo, type ReactNode } from 'react';
import { Link } from 'wouter';
import { MempoolDetailsDocument, OverviewDocument } from '../node/operations.js';
import { blockSeries } from '../charts/blockSeries.js';
import { Chart } from '../charts/Chart.js';
import { useMempoolHistory } from '../charts/useMempoolHistory.js';
import { useAnswer } from '../node/useAnswer.js';
import { useChain, useTip } from '../node/useChain.js';
import { useMempoolRevision } from '../node/useMempoolRevision.js';
import { useTransfers } from '../node/useTransfers.js';
import { Awaited } from '../parts/Awaited.js';
import { BlockTable } from '../parts/BlockTable.js';
import { LatestTransfers } from '../parts/LatestTransfers.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Panel } from '../parts/Panel.js';
import { TransferTable } from '../parts/TransferTable.js';
import { formatCompact, formatCount, formatDuration } from '../text/numbers.js';
import { OverviewFigures } from './OverviewFigures.js';

/** State of the chain, the mempool and the node. */
export function OverviewPage(): ReactNode {
  const { blocks, network } = useChain();
  const overview = useAnswer(OverviewDocument, NO_BLOCKS, useTip());
  const pending = useAnswer(MempoolDetailsDocument, NEXT_PENDING, useMempoolRevision());
  const series = useMemo(() => blockSeries(blocks), [blocks]);
  const mempool = pending.answer?.mempool;
  const sizes = useMempoolHistory(mempool);
  const latest = useMemo(() => blocks.slice(-LATEST).reverse(), [blocks]);

  return (
    <>
      <PageHeading title="Overview" />
      <p className="subject">
        Corrente is a ledger of signed transfers: nodes that trust nobody keep one chain of blocks. This page shows the
        data of this node
        {network !== undefined && <> for the network {<strong>{network}</strong>}</>}.
      </p>
      <Awaited of={overview} what="overview">
        {(answer) => <OverviewFigures overview={answer} series={series} mempool={mempool} />}
      </Awaited>
      <div className="panels">
        <Panel title="Block interval" aside={spanOf(series.intervals[0])}>
          <Chart
            label="Time between blocks"
            points={series.intervals}
            shape="bars"
            along="height"
            format={formatDuration}
          />
        </Panel>
        <Panel title="Difficulty" aside="tries a block">
          <Chart
            label="Difficulty by height"
            points={series.difficulties}
            shape="line"
            along="height"
            format={formatCompact}
          />
        </Panel>
        <Panel title="Transactions" aside="a block">
          <Chart
            label="Transactions of each block"
            points={series.transactionCounts}
            shape="bars"
            along="height"
            format={formatCompact}
            whole
          />
        </Panel>
        <Panel title="Mempool" aside="since page opened">
          <Chart
            label="Transactions that wait"
            points={sizes}
            shape="steps"
            along="time"
            format={formatCompact}
            whole
          />
        </Panel>
      </div>
      <Panel title="Latest blocks" aside={<Link href="/blocks">All blocks</Link>}>
        {latest.length > 0 ? <BlockTable blocks={latest} /> : <Notice kind="loading">Loading blocks…</Notice>}
      </Panel>
      <Panel title="Latest transactions" aside={<Link href="/transactions">All transactions</Link>}>
        <Latest />
      </Panel>
      <Panel title="Next to be mined" aside={<Link href="/mempool">The whole mempool</Link>}>
        <Awaited of={pending} what="mempool">
          {({ mempool: { transactions } }) =>
            transactions.nodes.length > 0 ? (
              <TransferTable transfers={transactions.nodes} />
            ) : (
              <Notice kind="empty">No transaction waits.</Notice>
            )
          }
        </Awaited>
      </Panel>
    </>
  );
}

function Latest(): ReactNode {
  const latest = useTransfers(LATEST);
  return (
    <Awaited of={latest} what="transactions">
      {({ transfers }) =>
        transfers.length > 0 ? (
          <LatestTransfers transfers={transfers.slice(0, LATEST)} />
        ) : (
          <Notice kind="empty">No transaction in the latest blocks.</Notice>
        )
      }
    </Awaited>
  );
}

function spanOf(heights: readonly number[]): string {
  return heights.length > 0 ? `blocks ${formatCount(heights[0]!)}–${formatCount(heights.at(-1)!)}` : 'no block yet';
}

const LATEST = 10;
const NO_BLOCKS = { blocks: 0 };
const NEXT_PENDING = { first: 8 };
