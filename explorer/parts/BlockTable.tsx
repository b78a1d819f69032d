import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { BlockSummaryFragment } from '../node/operations.js';
import { formatBytes, formatCompact, formatCount } from '../text/numbers.js';
import { Age } from './Age.js';
import { Identifier } from './Identifier.js';

export interface BlockTableProps {
  /** In the order they are shown. */
  readonly blocks: readonly BlockSummaryFragment[];
}

/** One block a line. */
export function BlockTable({ blocks }: BlockTableProps): ReactNode {
  return (
    <div className="table">
      <table>
        <thead>
          <tr>
            <th scope="col">Height</th>
            <th scope="col">Mined</th>
            <th scope="col" className="number">
              Transactions
            </th>
            <th scope="col" className="number roomy">
              Size
            </th>
            <th scope="col" className="number roomy">
              Difficulty
            </th>
            <th scope="col">Hash</th>
            <th scope="col" className="roomy">
              Miner
            </th>
          </tr>
        </thead>
        <tbody>
          {blocks.map(({ height, hash, timestamp, transactionCount, size, difficulty, miner }) => (
            <tr key={hash}>
              <th scope="row">
                <Link href={`/block/${height}`}>{formatCount(height)}</Link>
              </th>
              <td>
                <Age at={timestamp} />
              </td>
              <td className="number">{formatCount(transactionCount)}</td>
              <td className="number roomy">{formatBytes(size)}</td>
              <td className="number roomy">{formatCompact(BigInt(difficulty))}</td>
              <td>
                <Identifier kind="block" text={hash} />
              </td>
              <td className="roomy">
                <Identifier kind="account" text={miner} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
