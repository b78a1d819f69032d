import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import * as numbers from '../src/consensus/protocol.js';

export const PROTOCOL_PAGE = 'docs/protocol.md';

/** docs/protocol.md with a new table in its section "Numbers between nodes": every number of consensus/protocol.ts. */
export async function withProtocolNumbers(page: string): Promise<string> {
  const source = readFileSync('src/consensus/protocol.ts', 'utf8');
  const rows = Object.entries(numbers).map(([name, value]) => {
    const sentence = new RegExp(`/\\*\\* ([^\n]+) \\*/\nexport const ${name} = `).exec(source)?.[1];
    if (sentence === undefined) throw new Error(`expected one line of comment above ${name}`);
    return {
      at: source.indexOf(`export const ${name} `),
      row: `| \`${name}\` | ${value.toLocaleString('en')} | ${sentence} |`,
    };
  });
  const sorted = rows.sort((a, b) => a.at - b.at).map(({ row }) => row);
  const table = ['| name | number | meaning |', '| --- | --: | --- |', ...sorted].join('\n');
  const found = TABLE.exec(page);
  if (!found) throw new Error('expected a section "Numbers between nodes" with a table');
  const formatted = await format(table, { parser: 'markdown' });
  return page.slice(0, found.index) + found[1]! + formatted + page.slice(found.index + found[0].length);
}

const TABLE = /(\n### Numbers between nodes\n[^|]*)(?:\|[^\n]*\n)+/;
