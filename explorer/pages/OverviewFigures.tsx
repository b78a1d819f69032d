import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { MempoolDetailsQuery, OverviewQuery } from '../node/operations.js';
import type { BlockSeries } from '../charts/blockSeries.js';
import { useChain } from '../node/useChain.js';
import { Age } from '../parts/Age.js';
import { Amount } from '../parts/Amount.js';
import { Figure } from '../parts/Figure.js';
import { formatBytes, formatCompact, formatCount, formatDuration, formatRate } from '../text/numbers.js';

export interface OverviewFiguresProps {
  readonly overview: OverviewQuery;
  readonly series: BlockSeries;
  /** Undefined until it is known. */
  readonly mempool: MempoolDetailsQuery['mempool'] | undefined;
}

/** The figures that an operator looks at first. */
export function OverviewFigures({ overview, series, mempool }: OverviewFiguresProps): ReactNode {
  const { chain, nodeInfo } = overview;
  const { meanIntervalMs, transactionsPerSecond } = series;
  const tip = useChain().blocks.at(-1);
  const { status, targetHeight } = nodeInfo.sync;
  return (
    <dl className="figures">
      <Figure label="Height" note={tip ? <Age at={tip.timestamp} /> : undefined}>
        <Link href={`/block/${tip?.height ?? chain.height}`}>{formatCount(tip?.height ?? chain.height)}</Link>
      </Figure>
      <Figure label="Block interval" note={`mean of ${series.intervals[0].length}`}>
        {meanIntervalMs === undefined ? '–' : formatDuration(meanIntervalMs)}
      </Figure>
      <Figure label="Throughput" note="transactions / s">
        {transactionsPerSecond === undefined ? '–' : formatRate(transactionsPerSecond)}
      </Figure>
      <Figure label="Mempool" note={mempool && formatBytes(mempool.bytes)}>
        {mempool ? formatCount(mempool.size) : '–'}
      </Figure>
      <Figure label="Difficulty" note="tries, next block">
        {formatCompact(BigInt(chain.difficulty))}
      </Figure>
      <Figure label="Node" note={nodeInfo.mining ? 'mines' : `version ${nodeInfo.version}`}>
        {status === 'SYNCING' ? `syncing to ${formatCount(targetHeight)}` : status.toLowerCase()}
      </Figure>
      <Figure
        label="Supply"
        note={
          <>
            next block <Amount baseUnits={chain.subsidy} />
          </>
        }
      >
        <Amount baseUnits={chain.supply} />
      </Figure>
    </dl>
  );
}
