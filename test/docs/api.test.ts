import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { buildSchema, Kind, parse, type DocumentNode } from 'graphql';
import { apiExamples } from '../../scripts/apiExamples.js';
import { developmentNetwork } from '../../src/consensus/network.js';
import { startTestNode } from '../support/node.js';

/** What is left of an answer when its values are taken away; of a list the first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, key === '__typename' || key === 'code' ? field : shapeOf(field)]),
  );
}

function rootFields(document: DocumentNode): string[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? definition.selectionSet.selections.map((field) => (field.kind === Kind.FIELD ? field.name.value : ''))
      : [],
  );
}

describe('docs/api.md', () => {
  const examples = apiExamples();

  it('has an example for every query and mutation', () => {
    const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));
    const shown = new Set(examples.flatMap(({ document }) => rootFields(parse(document))));
    for (const type of [schema.getQueryType()!, schema.getMutationType()!]) {
      for (const field of Object.keys(type.getFields())) assert.ok(shown.has(field), `no example of ${field}`);
    }
  });

  it('prints what a new development node answers', async () => {
    const node = await startTestNode({ network: developmentNetwork() });
    for (const { document, variables, admin, answer } of examples) {
      const actual = await (admin ? node.admin(document, variables) : node.ask(document, variables));
      assert.deepEqual(shapeOf(actual), shapeOf(answer), document);
    }
  });
});
