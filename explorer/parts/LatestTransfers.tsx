import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { PlacedTransfer } from '../node/transfersBelow.js';
import { formatCount } from '../text/numbers.js';
import { Age } from './Age.js';
import { TransferTable } from './TransferTable.js';

/** Confirmed transfers, with block and age. */
export function LatestTransfers({ transfers }: { readonly transfers: readonly PlacedTransfer[] }): ReactNode {
  return (
    <TransferTable
      transfers={transfers}
      extra={{
        title: 'Block',
        onPhone: 'instead',
        cell: ({ height, minedAt }) => (
          <>
            <Link href={`/block/${height}`}>{formatCount(height)}</Link>{' '}
            <span className="aside">
              <Age at={minedAt} />
            </span>
          </>
        ),
      }}
    />
  );
}
