// Rewrites the answers and the table of codes in docs/api.md, and the numbers in docs/protocol.md: `npm run docs`.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalNode } from '../examples/localNode.js';
import { API_PAGE, apiExamples, runApiExamples } from './apiExamples.js';
import { withCodesTable } from './codesTable.js';
import { PROTOCOL_PAGE, withProtocolNumbers } from './protocolNumbers.js';

const data = await mkdtemp(join(tmpdir(), 'corrente-docs-'));
const node = await startLocalNode({ data });
try {
  let page = readFileSync(API_PAGE, 'utf8');
  const token = readFileSync(join(data, 'admin.token'), 'utf8').trim();
  const answers = await runApiExamples(apiExamples(page), { url: node.url, token });
  for (const [index, answer] of answers.entries()) {
    const { start, end } = apiExamples(page)[index]!;
    page = `${page.slice(0, start)}${JSON.stringify(answer, null, 2)}\n${page.slice(end)}`;
  }
  writeFileSync(API_PAGE, await withCodesTable(page));
  writeFileSync(PROTOCOL_PAGE, await withProtocolNumbers(readFileSync(PROTOCOL_PAGE, 'utf8')));
} finally {
  await node.stop();
  rmSync(data, { recursive: true });
}
