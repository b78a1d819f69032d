import type { ReactNode } from 'react';
import { AccountsDocument } from '../node/operations.js';
import { useAnswer } from '../node/useAnswer.js';
import { useTip } from '../node/useChain.js';
import { Amount } from '../parts/Amount.js';
import { Awaited } from '../parts/Awaited.js';
import { Identifier } from '../parts/Identifier.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Pager } from '../parts/Pager.js';
import { Panel } from '../parts/Panel.js';
import { usePages } from '../parts/usePages.js';
import { formatCount } from '../text/numbers.js';

/** Every account, richest first. */
export function AccountsPage(): ReactNode {
  const { after, back, open, opened } = usePages();
  const accounts = useAnswer(AccountsDocument, { first: PAGE, ...(after !== undefined && { after }) }, useTip());
  return (
    <>
      <PageHeading title="Accounts" />
      <Awaited of={accounts} what="accounts">
        {({ chain, balances: { nodes, pageInfo, totalCount } }) => (
          <Panel title="Richest first" aside={formatCount(totalCount)}>
            {nodes.length === 0 ? (
              <Notice kind="empty">No account has coins yet: the first go to the miner of a block.</Notice>
            ) : (
              <div className="table">
                <table>
                  <thead>
                    <tr>
                      <th scope="col" className="roomy">
                        Rank
                      </th>
                      <th scope="col">Account</th>
                      <th scope="col" className="number">
                        Balance, coins
                      </th>
                      <th scope="col" className="number roomy">
                        Of all coins
                      </th>
                      <th scope="col" className="number roomy">
                        Sent transactions
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {nodes.map(({ address, confirmed, nonce }, index) => (
                      <tr key={address}>
                        <td className="roomy">{formatCount(opened * PAGE + index + 1)}</td>
                        <th scope="row">
                          <Identifier kind="account" text={address} />
                        </th>
                        <td className="number">
                          <Amount baseUnits={confirmed} unit={false} />
                        </td>
                        <td className="number roomy">{SHARE.format(Number(confirmed) / Number(chain.supply) || 0)}</td>
                        <td className="number roomy">{formatCount(BigInt(nonce))}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
            <Pager
              labels={['Richer', 'Poorer']}
              back={back}
              forth={pageInfo.hasNextPage && pageInfo.endCursor !== null ? () => open(pageInfo.endCursor!) : undefined}
            />
          </Panel>
        )}
      </Awaited>
    </>
  );
}

const PAGE = 50;
const SHARE = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 2 });
