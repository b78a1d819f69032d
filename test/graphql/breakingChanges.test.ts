import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Changes that break clients made for `released`, one sentence each. */
async function breakingChanges(released: string, current: string): Promise<string[]> {
  const changes = await diff(buildSchema(released), buildSchema(current));
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ message }) => message);
}

describe('the schema', () => {
  it('breaks no client of the released one, unless that is declared', async () => {
    const declared = JSON.parse(read('test/graphql/declaredChanges.json')) as string[];
    const breaking = await breakingChanges(read('test/graphql/released.graphql'), read('schema.graphql'));
    assert.deepEqual(
      breaking,
      declared,
      'take it back, or list its sentence in test/graphql/declaredChanges.json; a release replaces released.graphql',
    );
  });

  it('is seen to break them where a field goes or becomes required', async () => {
    const released = 'type Query { a: Int, b(x: Int): Int }';
    assert.deepEqual(await breakingChanges(released, released), []);
    assert.equal((await breakingChanges(released, 'type Query { b(x: Int): Int }')).length, 1);
    assert.equal((await breakingChanges(released, 'type Query { a: Int, b(x: Int!): Int }')).length, 1);
    assert.deepEqual(await breakingChanges(released, 'type Query { a: Int, b(x: Int): Int, c: Int }'), []);
  });
});
