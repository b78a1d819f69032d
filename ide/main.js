import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { AdminTokenField } from './adminToken.js';
import { exampleTexts, renewed } from './exampleTexts.js';
import { fetcher } from './fetcher.js';
import './main.css';
import { networkFacts } from './networkFacts.js';
import { OPERATIONS_PLUGIN } from './operations.js';

// If the node does not answer, the page has the examples without placeholders, and the first run shows why.
const facts = await networkFacts().catch((error) => {
  console.warn(error);
  return {};
});
// One tab for each, in the order of their names, for the network of this node.
const files = import.meta.glob('./examples/*.graphql', { query: '?raw', import: 'default', eager: true });
const examples = exampleTexts(files, facts);
const EXAMPLES = 'corrente:examples';
renewStored();

createRoot(document.getElementById('root')).render(
  createElement(
    GraphiQL,
    {
      fetcher,
      plugins: [OPERATIONS_PLUGIN, HISTORY_PLUGIN],
      defaultTabs: Object.values(examples).map((query) => ({ query })),
      // Typed text may contain a passphrase: the browser forgets it with the tab.
      storage: sessionStorage,
      shouldPersistHeaders: true,
      showPersistHeadersSettings: false,
    },
    createElement(GraphiQL.Logo, null, createElement(AdminTokenField), 'Corrente'),
  ),
);

/** Renews the stored examples of this tab: an old one may be signed for a used nonce, or belong to another network. */
function renewStored() {
  const before = JSON.parse(sessionStorage.getItem(EXAMPLES) ?? '{}');
  const query = sessionStorage.getItem('graphiql:query');
  if (query !== null) sessionStorage.setItem('graphiql:query', renewed(query, before, examples));
  const state = JSON.parse(sessionStorage.getItem('graphiql:tabState') ?? 'null');
  for (const tab of state?.tabs ?? []) tab.query = renewed(tab.query, before, examples);
  if (state) sessionStorage.setItem('graphiql:tabState', JSON.stringify(state));
  sessionStorage.setItem(EXAMPLES, JSON.stringify({ ...before, ...examples }));
}
