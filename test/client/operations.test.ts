import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { temporaryFolder } from '../support/temporaryFolder.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the operations of the client', () => {
  it('are valid against schema.graphql', () => {
    const errors = validate(buildSchema(read('schema.graphql')), parse(read('src/client/operations.graphql')));
    assert.deepEqual(errors.map(String), []);
  });

  it('are generated: `npm run codegen` makes the same file again', () => {
    const fresh = join(temporaryFolder(), 'operations.ts');
    execFileSync(process.execPath, [join(root, 'scripts/codegen.js'), fresh]);
    assert.equal(readFileSync(fresh, 'utf8'), read('src/client/operations.ts'));
  });
});
