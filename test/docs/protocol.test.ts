import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PROTOCOL_PAGE, withProtocolNumbers } from '../../scripts/protocolNumbers.js';
import * as numbers from '../../src/consensus/protocol.js';

describe('the numbers between nodes', () => {
  it('stand in docs/protocol.md with their values and meanings: npm run docs', async () => {
    const page = readFileSync(PROTOCOL_PAGE, 'utf8');
    assert.equal(page, await withProtocolNumbers(page));
  });

  it('are declared once: no other file has one under the same name', () => {
    const names = Object.keys(numbers);
    assert.ok(names.length > 5);
    const declaration = new RegExp(`const (${names.join('|')}) =`);
    for (const folder of ['src', 'explorer']) {
      for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/\.tsx?$/.test(path) || path === join('consensus', 'protocol.ts')) continue;
        assert.equal(declaration.exec(readFileSync(join(folder, path), 'utf8')), null, join(folder, path));
      }
    }
  });
});
