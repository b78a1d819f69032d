import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildSchema, concatAST, Kind, NoUnusedFragmentsRule, parse, specifiedRules, validate } from 'graphql';
import * as client from '../../src/client/client.js';
import * as peer from '../../src/client/operations/peer.js';
import * as operations from '../../src/client/operations/public.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const PUBLIC = 'src/client/operations/public';
const OTHERS = ['src/client/operations/peer', 'explorer/node/operations'];

describe('the operations', () => {
  it('are valid against schema.graphql, those of peers and of the explorer with the fragments of the public ones', () => {
    const schema = buildSchema(read('schema.graphql'));
    const own = parse(read(`${PUBLIC}.graphql`));
    assert.deepEqual(validate(schema, own).map(String), []);
    const definitions = own.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
    const rules = specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule);
    for (const path of OTHERS) {
      const document = concatAST([parse(read(`${path}.graphql`)), { kind: Kind.DOCUMENT, definitions }]);
      assert.deepEqual(validate(schema, document, rules).map(String), [], path);
    }
  });

  it('are generated: `npm run codegen` makes the same files again', () => {
    const fresh = temporaryFolder();
    execFileSync(process.execPath, [join(root, 'scripts/codegen.js'), fresh]);
    for (const path of [PUBLIC, ...OTHERS]) {
      assert.equal(readFileSync(join(fresh, `${path}.ts`), 'utf8'), read(`${path}.ts`), path);
    }
  });

  it('are exported by the client if they are public, and not if a node asks them of its peers', () => {
    const names = Object.keys(client);
    assert.deepEqual(
      Object.keys(operations).filter((name) => !names.includes(name)),
      [],
    );
    assert.deepEqual(
      Object.keys(peer).filter((name) => names.includes(name)),
      [],
    );
  });
});
