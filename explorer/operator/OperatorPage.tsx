import { useMemo, useState, type ReactNode } from 'react';
import { CorrenteClient } from '../../src/client/client.js';
import { endpoint } from '../node/connection.js';
import { OperatorViewDocument } from '../node/operations.js';
import { useNow } from '../node/useNow.js';
import { useQuestion } from '../node/useAnswer.js';
import { Awaited } from '../parts/Awaited.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Panel } from '../parts/Panel.js';
import { formatCount } from '../text/numbers.js';
import { forgetToken, useAdminToken } from './adminToken.js';
import { BudgetPanels } from './BudgetPanels.js';
import { LogTable } from './LogTable.js';
import { PeerReasons } from './PeerReasons.js';
import { TokenForm } from './TokenForm.js';
import { VitalFigures, VitalPanels } from './VitalPanels.js';

/** How the node is, for its operator: asks for the admin token first. */
export default function OperatorPage(): ReactNode {
  const token = useAdminToken();
  return (
    <>
      <PageHeading title="Operator">
        {token !== undefined && (
          <button type="button" className="outline secondary" onClick={forgetToken}>
            Forget the token
          </button>
        )}
      </PageHeading>
      {token === undefined ? <TokenForm trouble={undefined} /> : <Looked key={token} token={token} />}
    </>
  );
}

function Looked({ token }: { readonly token: string }): ReactNode {
  const node = useMemo(() => new CorrenteClient({ url: endpoint, token }), [token]);
  const [lines, setLines] = useState(FEW_LINES);
  const looked = useQuestion(
    (signal) => node.request(OperatorViewDocument, { lines }, signal),
    `${lines}`,
    Math.floor(useNow() / ASK_MS),
  );
  const { error } = looked;
  if (error && REFUSED.has(error.code)) return <TokenForm trouble={error.message} />;
  return (
    <Awaited of={looked} what="state of the node">
      {({ vitals, peers, spenders, nodeInfo, log }) => (
        <>
          <VitalFigures vitals={vitals} />
          <VitalPanels vitals={vitals} />
          <Panel title="Peers" aside={formatCount(peers.length)}>
            <PeerReasons peers={peers} />
          </Panel>
          <BudgetPanels spenders={spenders} limits={nodeInfo.limits} />
          <Panel title="Log" aside={`the last ${formatCount(log.length)} lines, the newest first`}>
            <LogTable lines={log} />
            {lines === FEW_LINES && log.length === FEW_LINES && (
              <div className="buttons">
                <button type="button" className="outline" onClick={() => setLines(ALL_LINES)}>
                  Show all that the node remembers
                </button>
              </div>
            )}
          </Panel>
        </>
      )}
    </Awaited>
  );
}

const REFUSED: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);
const ASK_MS = 2_000;
const FEW_LINES = 50;
const ALL_LINES = 500;
