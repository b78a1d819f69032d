import { GraphiQL } from 'graphiql';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import './main.css';

// One tab for each, in the order of their names.
const examples = import.meta.glob('./examples/*.graphql', { query: '?raw', import: 'default', eager: true });
const headers = JSON.stringify({ Authorization: 'Bearer paste the content of <data>/admin.token' }, undefined, 2);

async function fetcher(parameters, options) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...options?.headers },
    body: JSON.stringify(parameters),
  });
  return response.json();
}

createRoot(document.getElementById('root')).render(
  createElement(
    GraphiQL,
    {
      fetcher,
      defaultTabs: Object.values(examples).map((query) => ({ query, headers })),
      defaultHeaders: headers,
      defaultEditorToolsVisibility: 'headers',
      // What is typed here may hold the admin token or a passphrase: the browser forgets it with the tab.
      storage: sessionStorage,
      shouldPersistHeaders: true,
      showPersistHeadersSettings: false,
    },
    createElement(GraphiQL.Logo, null, 'Corrente'),
  ),
);
