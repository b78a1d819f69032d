// Writes the answers of docs/api.md anew, from a development node of its own: `npm run docs`.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphQLClient } from 'graphql-request';
import { startLocalNode } from '../examples/localNode.js';
import { API_PAGE, apiExamples } from './apiExamples.js';

const data = await mkdtemp(join(tmpdir(), 'corrente-docs-'));
const node = await startLocalNode({ data });
try {
  let page = readFileSync(API_PAGE, 'utf8');
  const anybody = new GraphQLClient(node.url);
  for (const [index, { document, variables, admin }] of apiExamples(page).entries()) {
    const answer: unknown = await (admin ? node.ask(document, variables) : anybody.request({ document, variables }));
    const { start, end } = apiExamples(page)[index]!;
    page = `${page.slice(0, start)}${JSON.stringify(answer, null, 2)}\n${page.slice(end)}`;
  }
  writeFileSync(API_PAGE, page);
} finally {
  await node.stop();
  rmSync(data, { recursive: true });
}
