import { lazy, Suspense, useState, type ReactNode } from 'react';
import { NodeDocument, PeerChangedDocument, PeersDocument } from '../../src/client/client.js';
import { useAnswer } from '../node/useAnswer.js';
import { useTip } from '../node/useChain.js';
import { useSubscription } from '../node/useSubscription.js';
import { Age } from '../parts/Age.js';
import { Awaited } from '../parts/Awaited.js';
import { Figure } from '../parts/Figure.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Panel } from '../parts/Panel.js';
import { formatCount } from '../text/numbers.js';
import { shorten } from '../text/shorten.js';
import { PeerTable } from './PeerTable.js';

// Loaded apart: only this page needs its force layout.
const PeerGraph = lazy(() => import('./PeerGraph.js'));

/** The peers of this node, and their states. */
export function NetworkPage(): ReactNode {
  const [changes, setChanges] = useState(0);
  const [selected, setSelected] = useState<string>();
  const tip = useTip();
  useSubscription(PeerChangedDocument, {}, () => setChanges((count) => count + 1));
  const known = useAnswer(PeersDocument, {}, `${tip} ${changes}`);
  const node = useAnswer(NodeDocument, {}, `${tip} ${changes}`);
  return (
    <>
      <PageHeading title="Network" />
      <Awaited of={node} what="node">
        {({ nodeInfo: { id, version, sync, startedAt, mining, publicUrl, resolutionNeeded } }) => (
          <dl className="figures">
            <Figure label="This node" note={`version ${version}`}>
              <code title={id}>{shorten(id, 6)}</code>
            </Figure>
            <Figure
              label="State"
              note={resolutionNeeded ? 'a peer shows a heavier branch' : `height ${formatCount(sync.height)}`}
            >
              {sync.status.toLowerCase()}
            </Figure>
            <Figure label="Started" note={mining ? 'mines in the background' : 'does not mine'}>
              <Age at={startedAt} />
            </Figure>
            <Figure label="Public address">
              <span className="breaking url">{publicUrl ?? 'none'}</span>
            </Figure>
          </dl>
        )}
      </Awaited>
      <Awaited of={known} what="list of peers">
        {({ peers }) =>
          peers.length === 0 ? (
            <Panel title="Peers">
              <Notice kind="empty">
                This node has no peer. Its operator adds one with <code>corrente peers add URL</code>.
              </Notice>
            </Panel>
          ) : (
            <>
              <Panel title="Graph" aside="distance: latency · size: standing">
                <Suspense fallback={<Notice kind="loading">Loading the graph…</Notice>}>
                  <PeerGraph peers={peers} selected={selected} onSelect={setSelected} />
                </Suspense>
              </Panel>
              <Panel title="Peers" aside={formatCount(peers.length)}>
                <PeerTable peers={peers} selected={selected} onSelect={setSelected} />
              </Panel>
            </>
          )
        }
      </Awaited>
    </>
  );
}
