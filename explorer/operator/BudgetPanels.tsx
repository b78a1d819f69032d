import type { ReactNode } from 'react';
import type { OperatorViewQuery } from '../node/operations.js';
import { Badge } from '../parts/Badge.js';
import { Notice } from '../parts/Notice.js';
import { Panel } from '../parts/Panel.js';
import { formatBytes, formatCount, formatDuration } from '../text/numbers.js';

export interface BudgetPanelsProps {
  readonly spenders: OperatorViewQuery['spenders'];
  readonly limits: OperatorViewQuery['nodeInfo']['limits'];
}

type Kind = OperatorViewQuery['spenders'][number]['kind'];

/** Who spent most of what, who was refused, and what anybody may spend. */
export function BudgetPanels({ spenders, limits }: BudgetPanelsProps): ReactNode {
  return (
    <>
      <Panel title="Budgets" aside="who has the least left">
        <SpenderTable spenders={spenders} />
      </Panel>
      <Panel
        title="Limits"
        aside={`of a public address; ${formatCount(limits.maxPageItems)} items a page, ${formatCount(limits.maxBatchTransactions)} transactions a batch`}
      >
        <LimitTable budgets={limits.budgets} />
      </Panel>
    </>
  );
}

function SpenderTable({ spenders }: Pick<BudgetPanelsProps, 'spenders'>): ReactNode {
  if (spenders.length === 0) {
    return (
      <Notice kind="empty">
        Nobody spent anything that is counted. This machine is not counted, nor is a private network without a named
        proxy.
      </Notice>
    );
  }
  return (
    <div className="table">
      <table>
        <thead>
          <tr>
            <th scope="col">Sender</th>
            <th scope="col">Of</th>
            <th scope="col" className="number">
              Left
            </th>
            <th scope="col" className="number">
              Refused
            </th>
          </tr>
        </thead>
        <tbody>
          {spenders.map(({ user, kind, left, burst, refused }) => (
            <tr key={`${user} ${kind}`}>
              <th scope="row" className="breaking">
                {user}
              </th>
              <td>{kind.toLowerCase()}</td>
              <td className="number">
                {left > 0 ? amountOf(kind, left) : <Badge tone="bad">spent</Badge>}{' '}
                <span className="aside">of {amountOf(kind, burst)}</span>
              </td>
              <td className="number">{formatCount(refused)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LimitTable({ budgets }: Pick<BudgetPanelsProps['limits'], 'budgets'>): ReactNode {
  return (
    <div className="table">
      <table>
        <thead>
          <tr>
            <th scope="col">Of</th>
            <th scope="col" className="number">
              A second
            </th>
            <th scope="col" className="number">
              At once
            </th>
          </tr>
        </thead>
        <tbody>
          {budgets.map(({ kind, perSecond, burst }) => (
            <tr key={kind}>
              <th scope="row">{kind.toLowerCase()}</th>
              <td className="number">{amountOf(kind, perSecond)}</td>
              <td className="number">{amountOf(kind, burst)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Cost is in microseconds. */
function amountOf(kind: Kind, amount: number): string {
  if (kind === 'BYTES') return formatBytes(amount);
  return kind === 'COST' ? formatDuration(amount / 1000) : formatCount(amount);
}
