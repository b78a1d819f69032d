import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { createElement } from 'react';
import { operationText } from './operationText.js';

const KINDS = [
  { operation: 'query', title: 'Look', root: (schema) => schema.getQueryType() },
  { operation: 'mutation', title: 'Change', root: (schema) => schema.getMutationType() },
  { operation: 'subscription', title: 'Follow', root: (schema) => schema.getSubscriptionType() },
];

/** Plugin of GraphiQL: every operation of the node with its description; a click opens it in a tab of its own, ready to fill in. */
export const OPERATIONS_PLUGIN = { title: 'Operations', icon: ListIcon, content: Operations };

function Operations() {
  const schema = useGraphiQL((state) => state.schema);
  const editors = useGraphiQL(({ queryEditor, variableEditor }) => ({ queryEditor, variableEditor }));
  const { addTab } = useGraphiQLActions();
  const open = (operation, field) => {
    const { query, variables } = operationText(operation, field);
    addTab();
    editors.queryEditor.setValue(query);
    editors.variableEditor.setValue(variables);
    requestAnimationFrame(() => document.querySelector('.graphiql-tab-active')?.scrollIntoView());
  };
  if (!schema) return createElement('p', null, 'Loading the schema…');
  return createElement(
    'section',
    { 'aria-label': 'Operations', className: 'operations' },
    KINDS.map(({ operation, title, root }) => [
      createElement('h3', { key: operation }, title, ' ', createElement('small', null, operation)),
      Object.values(root(schema).getFields()).map((field) =>
        createElement(
          'button',
          { key: `${operation} ${field.name}`, type: 'button', onClick: () => open(operation, field) },
          createElement('code', null, field.name),
          createElement('span', null, field.description),
        ),
      ),
    ]),
  );
}

function ListIcon() {
  return createElement(
    'svg',
    { viewBox: '0 0 20 20', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, 'aria-hidden': true },
    createElement('path', { d: 'M7 4h11M7 10h11M7 16h11M2 4h1.5M2 10h1.5M2 16h1.5' }),
  );
}
