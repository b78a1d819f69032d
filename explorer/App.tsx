import { lazy, Suspense, useEffect, useRef, type ReactNode } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { useChain } from './node/useChain.js';
import { AccountPage } from './pages/AccountPage.js';
import { AccountsPage } from './pages/AccountsPage.js';
import { BlockPage } from './pages/BlockPage.js';
import { BlocksPage } from './pages/BlocksPage.js';
import { MempoolPage } from './pages/MempoolPage.js';
import { MissingPage } from './pages/MissingPage.js';
import { NetworkPage } from './pages/NetworkPage.js';
import { OverviewPage } from './pages/OverviewPage.js';
import { SendPage } from './pages/SendPage.js';
import { TransactionPage } from './pages/TransactionPage.js';
import { TransactionsPage } from './pages/TransactionsPage.js';
import { NodeStanding } from './parts/NodeStanding.js';
import { Notice } from './parts/Notice.js';
import { SiteHeader } from './parts/SiteHeader.js';
import { LeaveGuard } from './send/LeaveGuard.js';

// Loaded apart: few open it.
const OperatorPage = lazy(() => import('./operator/OperatorPage.js'));

/** The explorer: a frame that all pages share, and one page a path. src/http/pages.ts serves the same paths. */
export function App(): ReactNode {
  const { connection } = useChain();
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const opened = useRef(path);

  useEffect(() => {
    // Marks the time of a first visit for test/browser/explorerBudget.test.ts.
    if (connection === 'live') performance.mark('live');
  }, [connection]);

  useEffect(() => {
    if (opened.current === path) return;
    opened.current = path;
    // As when a browser opens a document: keyboard and screen reader start at its content.
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);

  return (
    <>
      <a
        className="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <SiteHeader />
      <LeaveGuard />
      <main id="content" ref={main} tabIndex={-1}>
        {connection === 'gone' && (
          <Notice kind="error">
            The node does not answer. This page shows its last answers, and goes on by itself when the node is back.
          </Notice>
        )}
        <NodeStanding />
        <Switch>
          <Route path="/" component={OverviewPage} />
          <Route path="/blocks" component={BlocksPage} />
          <Route path="/block/:id">{({ id }) => <BlockPage key={id} id={id} />}</Route>
          <Route path="/transaction/:id">{({ id }) => <TransactionPage key={id} id={id} />}</Route>
          <Route path="/account/:address">{({ address }) => <AccountPage key={address} address={address} />}</Route>
          <Route path="/transactions" component={TransactionsPage} />
          <Route path="/accounts" component={AccountsPage} />
          <Route path="/mempool" component={MempoolPage} />
          <Route path="/network" component={NetworkPage} />
          <Route path="/send" component={SendPage} />
          <Route path="/operator">
            <Suspense fallback={<Notice kind="loading">Loading the page…</Notice>}>
              <OperatorPage />
            </Suspense>
          </Route>
          <Route component={MissingPage} />
        </Switch>
      </main>
    </>
  );
}
