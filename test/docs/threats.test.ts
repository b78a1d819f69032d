import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(root, 'docs', 'threats.md'), 'utf8');

describe('docs/threats.md', () => {
  it('has one row for each test of a threat, and one such test for each row', () => {
    const rows = [...page.matchAll(/^\| `([\w-]+)` .*\| `(test\/[\w/.]+)`\s+\|$/gm)].map(
      (match) => `${match[1]} in ${match[2]}`,
    );
    const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.test.ts'),
    );
    const tests = files.flatMap((file) =>
      [...readFileSync(join(root, 'test', file), 'utf8').matchAll(/\b(?:it|test)\(\s*['"`]threat ([\w-]+): /g)].map(
        (match) => `${match[1]} in test/${file}`,
      ),
    );
    assert.equal(new Set(rows).size, rows.length, 'a row is there twice');
    assert.deepEqual([...new Set(tests)].sort(), rows.sort());
  });

  it('says nothing in a row that has no control', () => {
    for (const row of page.matchAll(/^\| `.*$/gm)) assert.equal(row[0].split(' | ').filter(Boolean).length, 4, row[0]);
  });
});
