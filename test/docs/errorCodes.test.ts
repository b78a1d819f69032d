import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withCodesTable } from '../../scripts/codesTable.js';

const page = readFileSync('docs/api.md', 'utf8');
const codes = [...page.split('\n## Codes\n')[1]!.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code!);

describe('the table of codes in docs/api.md', () => {
  it('holds every code of an error and of a rejection, with its status and meaning: npm run docs', async () => {
    assert.equal(page, await withCodesTable(page));
    assert.ok(codes.length > 40, `${codes.length} codes`);
    assert.deepEqual([...new Set(codes)], codes);
  });

  it('holds every code that stands in the source', () => {
    let found = 0;
    for (const folder of ['src/graphql', 'src/http']) {
      for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!path.endsWith('.ts')) continue;
        for (const [, code] of readFileSync(join(folder, path), 'utf8').matchAll(
          /(?:\bcode: |codedError\(\s*)'([A-Z_]+)'/g,
        )) {
          found++;
          assert.ok(codes.includes(code!), `${folder}/${path}: ${code} is in no row`);
        }
      }
    }
    assert.ok(found >= 12, `${found} codes in the source`);
  });
});
