import type { BlockSummaryFragment } from '../node/operations.js';
import type { Points } from './Chart.js';

/** Data for charts and figures of a run of blocks, oldest first. */
export interface BlockSeries {
  /** Milliseconds between each block and the one before, without genesis: its time is only a parameter of the network. */
  readonly intervals: Points;
  readonly difficulties: Points;
  readonly transactionCounts: Points;
  /** Milliseconds; undefined if there are fewer than two blocks after genesis. */
  readonly meanIntervalMs: number | undefined;
  /** Confirmed transactions a second over the same blocks. */
  readonly transactionsPerSecond: number | undefined;
}

/** The series of the known blocks. */
export function blockSeries(blocks: readonly BlockSummaryFragment[]): BlockSeries {
  const mined = blocks.filter(({ height }) => height > 0);
  const heights = mined.map(({ height }) => height);
  const times = mined.map(({ timestamp }) => Date.parse(timestamp));
  const counts = mined.map(({ transactionCount }) => transactionCount);
  const spanMs = mined.length > 1 ? times.at(-1)! - times[0]! : 0;
  // Without the transactions of the first block, which came before the span.
  const total = counts.slice(1).reduce((sum, count) => sum + count, 0);
  return {
    intervals: [heights.slice(1), times.slice(1).map((time, index) => time - times[index]!)],
    difficulties: [heights, mined.map(({ difficulty }) => Number(difficulty))],
    transactionCounts: [heights, counts],
    meanIntervalMs: mined.length > 1 ? spanMs / (mined.length - 1) : undefined,
    transactionsPerSecond: spanMs > 0 ? (total * 1000) / spanMs : undefined,
  };
}
