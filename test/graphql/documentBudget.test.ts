import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, validate } from 'graphql';
import { documentBudget, MAX_FIELD_PAIRS } from '../../src/graphql/execution/documentBudget.js';
import { createSchema } from '../../src/graphql/schema.js';
import { testApi } from './testApi.js';

const schema = createSchema({ addressPrefix: 'cortest' });
const repeat = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

function faults(document: string): string[] {
  return validate(schema, parse(document), [documentBudget]).map(({ message }) => message);
}

describe('the budget of validation', () => {
  it('threat overlapping-fields: bounds the pairs of fields that are compared', async () => {
    const { execute } = testApi();
    const pairs = /at most 4000 pairs of fields of one name in one place/;
    for (const document of [
      `{ ${repeat(28, () => `chain { ${repeat(15, () => 'height')} }`)} }`,
      `{ ${repeat(28, () => `chain { ${repeat(15, (i) => `a${i}: height`)} }`)} }`,
      `{ ...F ...G } fragment F on Query { ${repeat(60, () => 'nodeInfo { id }')} } fragment G on Query { ${repeat(60, () => 'nodeInfo { id }')} }`,
      `{ chain { height } } fragment F on Query { ${repeat(100, () => 'nodeInfo { id }')} }`,
    ]) {
      assert.match(faults(document).join(), pairs);
      const { errors } = await execute(document);
      assert.equal(errors.length, 1, 'no other rule goes on with it');
      assert.equal(errors[0]!.extensions['code'], 'GRAPHQL_VALIDATION_FAILED');
    }
  });

  it('lets pass what is merged by hand, and many fields of many names', () => {
    assert.deepEqual(faults(`{ ${repeat(40, () => 'chain { height tip { hash } }')} }`), []);
    assert.deepEqual(faults(`{ ${repeat(600, (i) => `a${i}: nodeInfo { id }`)} }`), []);
    assert.ok((90 * 89) / 2 > MAX_FIELD_PAIRS);
  });

  it('threat fragment-cycle: refuses a fragment that spreads itself before another rule follows it', async () => {
    for (const document of [
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      '{ chain { tip { ...A } } } fragment A on Block { transactions { nodes { proof { block { ...A } } } } }',
    ]) {
      const { errors } = await testApi().execute(document);
      assert.deepEqual(
        errors.map(({ message }) => message),
        ['expected fragments that do not spread themselves, got one that does'],
      );
    }
  });
});
