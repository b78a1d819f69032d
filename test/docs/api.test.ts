import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildSchema, Kind, parse, type DocumentNode } from 'graphql';
import { apiExamples, runApiExamples } from '../../scripts/apiExamples.js';
import { developmentNetwork } from '../../src/consensus/network.js';
import { startTestNode } from '../support/node.js';

/** The shape of an answer: its fields without values; of a list the first item. */
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

  it('has an example for every query, mutation and subscription', () => {
    const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));
    const shown = new Set(examples.flatMap(({ document }) => rootFields(parse(document))));
    for (const type of [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!]) {
      for (const field of Object.keys(type.getFields())) assert.ok(shown.has(field), `no example of ${field}`);
    }
  });

  it('prints the answers of a new development node', async () => {
    const node = await startTestNode({ network: developmentNetwork() });
    const token = readFileSync(join(node.data, 'admin.token'), 'utf8').trim();
    const answers = await runApiExamples(examples, { url: node.url, token });
    for (const [index, { document, answer }] of examples.entries()) {
      assert.deepEqual(shapeOf(answers[index]), shapeOf(answer), document);
    }
  });
});
