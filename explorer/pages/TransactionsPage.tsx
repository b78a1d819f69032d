import { useState, type ReactNode } from 'react';
import { useTransfers } from '../node/useTransfers.js';
import { Awaited } from '../parts/Awaited.js';
import { LatestTransfers } from '../parts/LatestTransfers.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Pager } from '../parts/Pager.js';
import { Panel } from '../parts/Panel.js';
import { formatCount } from '../text/numbers.js';

/** Confirmed transactions, newest first; the first page grows live. */
export function TransactionsPage(): ReactNode {
  const [opened, setOpened] = useState<readonly number[]>([]);
  const page = useTransfers(PAGE, opened.at(-1));
  return (
    <>
      <PageHeading title="Transactions" />
      <Awaited of={page} what="transactions">
        {({ transfers, from, cut }) => (
          <Panel title="Confirmed" aside={`newest first, down to block ${formatCount(from)}`}>
            {transfers.length > 0 ? (
              <LatestTransfers transfers={transfers} />
            ) : (
              <Notice kind="empty">
                {from === 0 ? 'No transaction yet.' : 'No transaction in these blocks: older blocks may have some.'}
              </Notice>
            )}
            {cut.length > 0 && <p className="aside">This page shows only the last 100 of block {cut.join(', ')}.</p>}
            <Pager
              labels={['Newer', 'Older']}
              back={opened.length > 0 ? () => setOpened(opened.slice(0, -1)) : undefined}
              forth={from > 0 ? () => setOpened([...opened, from - 1]) : undefined}
            />
          </Panel>
        )}
      </Awaited>
    </>
  );
}

const PAGE = 25;
