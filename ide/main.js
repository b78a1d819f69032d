import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { AdminTokenField } from './adminToken.js';
import { fetcher } from './fetcher.js';
import './main.css';
import { OPERATIONS_PLUGIN } from './operations.js';

// One tab for each, in the order of their names.
const examples = import.meta.glob('./examples/*.graphql', { query: '?raw', import: 'default', eager: true });

createRoot(document.getElementById('root')).render(
  createElement(
    GraphiQL,
    {
      fetcher,
      plugins: [OPERATIONS_PLUGIN, HISTORY_PLUGIN],
      defaultTabs: Object.values(examples).map((query) => ({ query })),
      // What is typed here may hold a passphrase: the browser forgets it with the tab.
      storage: sessionStorage,
      shouldPersistHeaders: true,
      showPersistHeadersSettings: false,
    },
    createElement(GraphiQL.Logo, null, createElement(AdminTokenField), 'Corrente'),
  ),
);
