import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getNullableType, type GraphQLInputType, isInputObjectType, isListType, isObjectType } from 'graphql';
import { ITEM_BOUNDS } from '../../src/graphql/execution/bounds.js';
import { createSchema } from '../../src/graphql/schema.js';
import { testApi } from './testApi.js';

const HASH = 'ab'.repeat(32);
const hashes = (count: number) => Array.from({ length: count }, () => HASH);
const CHECK = 'query ($t: SignedTransactionInput!) { checkTransaction(transaction: $t) { __typename } }';
const BLOCKS = 'query ($h: [Hash!]!) { blocks(hashes: $h) { height } }';
const HEADERS = 'query ($l: [Hash!]! = [], $n: Int = 1) { chain { headersAfter(locator: $l, first: $n) { height } } }';

/** Refused before anything is read, with status 400, for this reason alone. */
async function assertRefused(query: string, variables: Record<string, unknown>, message: string): Promise<void> {
  const { execute, snapshots } = testApi();
  // The first request of an operation is looked at more closely than those after it.
  for (let again = 0; again < 2; again++) {
    const { errors } = await execute(query, variables, { admin: true });
    assert.deepEqual(
      errors.map((error) => [error.message, error.extensions['code']]),
      [[message, 'BAD_USER_INPUT']],
    );
  }
  assert.equal(snapshots.taken, 0);
}

describe('what a request gives', () => {
  for (const [query, variables, message] of [
    [BLOCKS, { h: hashes(129) }, 'h: expected at most 128, got 129'],
    [HEADERS, { l: hashes(102) }, 'l: expected at most 101, got 102'],
    [HEADERS, { n: -1 }, 'n: expected 0 to 2000, got -1'],
    [HEADERS, { n: 2_001 }, 'n: expected 0 to 2000, got 2001'],
    [HEADERS.replace('= 1', '= -1'), {}, 'n: expected 0 to 2000, got -1'],
    ['{ chain { blocks(first: -1) { totalCount } } }', {}, 'first: expected 0 to 100, got -1'],
    ['query ($l: Int) { chain { blocks(last: $l) { totalCount } } }', { l: 101 }, 'l: expected 0 to 100, got 101'],
    [
      'query ($l: Int) { ...F } fragment F on Query { chain { blocks(last: $l) { totalCount } } }',
      { l: 101 },
      'l: expected 0 to 100, got 101',
    ],
    [`{ blocks(hashes: ${JSON.stringify(hashes(129))}) { height } }`, {}, 'hashes: expected at most 128, got 129'],
    ['mutation { mineBlocks(count: 1001) { __typename } }', {}, 'count: expected 1 to 1000, got 1001'],
    [CHECK, { t: { memo: 'x'.repeat(5_000) } }, 't.memo: expected at most 4096 characters, got 5000'],
    [CHECK, { t: { unknown: 1 } }, 't: expected a field of SignedTransactionInput, got "unknown"'],
    [
      CHECK,
      { t: JSON.parse('{"__proto__": 1}') as object },
      't: expected a field of SignedTransactionInput, got "__proto__"',
    ],
  ] as const) {
    it(`is bounded before anything reads it: ${message}`, () => assertRefused(query, variables, message));
  }

  it('threat list-before-bound: has a bound for each list of the schema', () => {
    const schema = createSchema({ addressPrefix: 'cortest' });
    const lists: string[] = [];
    const note = (coordinate: string, type: GraphQLInputType) => {
      if (isListType(getNullableType(type))) lists.push(coordinate);
    };
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('__')) continue;
      if (isInputObjectType(type)) {
        for (const field of Object.values(type.getFields())) note(`${type.name}.${field.name}`, field.type);
      } else if (isObjectType(type)) {
        for (const field of Object.values(type.getFields())) {
          for (const argument of field.args) note(`${type.name}.${field.name}.${argument.name}`, argument.type);
        }
      }
    }
    assert.deepEqual(lists.sort(), Object.keys(ITEM_BOUNDS).sort());
  });

  it('threat long-errors: is refused for its first fault, whose value is cut, in an error of at most 500 characters', async () => {
    const { execute } = testApi();
    const unknown = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, 0]));
    const long = 'x'.repeat(1_000_000);
    for (const [query, variables] of [
      [CHECK, { t: unknown }],
      [CHECK, { t: { [long]: 1 } }],
      [CHECK, { t: { sender: long } }],
      [CHECK, { t: { sender: unknown } }],
      [BLOCKS, { h: hashes(128).map(() => 'x'.repeat(4_000)) }],
      [BLOCKS, { h: hashes(128).map(() => unknown) }],
      [`{ ${long} }`, {}],
      [`{ ${'x'.repeat(900)} }`, {}],
      [`query ($${long}: Int!) { chain { blocks(first: $${long}) { totalCount } } }`, {}],
      [`{ balance(address: "${long}") { nonce } }`, {}],
    ] as const) {
      const { errors } = await execute(query, variables);
      assert.equal(errors.length, 1);
      assert.ok(errors[0]!.message.length <= 500, `${errors[0]!.message.length} characters`);
    }
  });

  it('threat long-errors: gets at most ten errors of a document', async () => {
    const { errors } = await testApi().execute(`{ ${Array.from({ length: 200 }, (_, i) => `unknown${i}`).join(' ')} }`);
    assert.equal(errors.length, 10);
    assert.match(errors[9]!.message, /^Cannot query field "unknown9"/);
  });
});
