import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OperationTypeNode } from 'graphql';
import { encodeAddress } from '../../src/crypto/address.js';
import { testAccount } from '../support/blocks.js';
import { testApi } from './testApi.js';

const FOREIGN = 'cor1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqxxxxxx';
const HASH = 'ab'.repeat(32);
const ADDRESS = encodeAddress('cortest', testAccount(0).publicKey);
/** The fields that a SignedTransactionInput has to have. */
const REQUIRED = `sender: "${ADDRESS}", recipient: "${ADDRESS}", amount: "1", nonce: "0", signature: "${HASH}${HASH}"`;

/** Operation with a value in its place, the type of a variable there, the value as a literal and as JSON, and the message about it. */
const MISTAKES: readonly (readonly [string, string, string, unknown, RegExp])[] = [
  [
    '{ balance(address: $v) { confirmed } }',
    'Address!',
    `"${FOREIGN}"`,
    FOREIGN,
    /^address: expected an address that starts with cortest1, got the prefix "cor" of another network$/,
  ],
  [
    '{ block(hash: $v) { height } }',
    'Hash',
    '"ab"',
    'ab',
    /^hash: expected 64 lower-case hexadecimal characters, got "ab"$/,
  ],
  ['{ block(height: $v) { height } }', 'Int', '"one"', 'one', /^height: expected Int, got "one"$/],
  ['{ block(height: $v) { height } }', 'Int', '3000000000', 3e9, /^height: expected Int, got 3000000000$/],
  ['{ blocks(hashes: $v) { height } }', '[Hash!]!', 'null', null, /^hashes: expected \[Hash!\], got null$/],
  [
    '{ blocks(hashes: $v) { height } }',
    '[Hash!]!',
    `["${HASH}", 1]`,
    [HASH, 1],
    /expected 64 lower-case hexadecimal characters, got 1$/,
  ],
  ['{ chain { tip { hash @include(if: $v) } } }', 'Boolean!', '"yes"', 'yes', /^if: expected Boolean, got "yes"$/],
  [
    'mutation { createWallet(passphrase: $v) { __typename } }',
    'String!',
    '7',
    7,
    /^passphrase: expected String, got 7$/,
  ],
  [
    '{ checkTransaction(transaction: $v) { __typename } }',
    'SignedTransactionInput!',
    '{}',
    {},
    /^transaction: expected the field sender, Address, got none$/,
  ],
  [
    '{ checkTransaction(transaction: $v) { __typename } }',
    'SignedTransactionInput!',
    '7',
    7,
    /^transaction: expected /,
  ],
];

describe('a value that does not fit its type', () => {
  for (const [query, type, literal, value, message] of MISTAKES) {
    it(`is BAD_USER_INPUT in a literal and in a variable: ${literal.slice(0, 40)} for ${type}`, async () => {
      const { execute, logged } = testApi();
      const inPlace = await execute(query.replace('$v', literal), {}, { admin: true });
      const [first] = inPlace.errors;
      assert.match(first!.message, message);
      const kind = query.startsWith('mutation') ? '' : 'query';
      const asVariable = `${kind} ${query.replace(/^mutation /, 'mutation ').replace('{', `($v: ${type}) {`)}`;
      const given = await execute(asVariable.trim(), { v: value }, { admin: true });
      // Of a variable, the variable's name is the place; here `v` stands for the argument.
      assert.match(
        given.errors[0]!.message.replace(/^v[^:]*: /, ''),
        new RegExp(message.source.replace(/^\^\w+: /, '')),
      );
      for (const { errors } of [inPlace, given]) {
        assert.deepEqual(new Set(errors.map(({ extensions }) => extensions['code'])), new Set(['BAD_USER_INPUT']));
      }
      assert.deepEqual(logged, []);
    });
  }

  it('is named by its place in a variable', async () => {
    const { execute } = testApi();
    const query = 'query ($list: [SignedTransactionInput!]!) { chain { height } }';
    const mutation =
      'mutation ($list: [SignedTransactionInput!]!) { addTransactions(transactions: $list) { __typename } }';
    assert.equal((await execute(query, { list: [] })).errors[0]!.extensions['code'], 'GRAPHQL_VALIDATION_FAILED');
    const message = async (list: unknown) => (await execute(mutation, { list })).errors[0]!.message;
    assert.match(
      await message([{ sender: 'x' }]),
      /^list\[0\]\.sender: expected an address that starts with cortest1, got "x"$/,
    );
    assert.equal(await message([null]), 'list[0]: expected SignedTransactionInput, got null');
    assert.equal(await message(null), 'list: expected [SignedTransactionInput!], got null');
    assert.equal((await execute(mutation)).errors[0]!.message, 'list: expected [SignedTransactionInput!], got nothing');
    assert.equal(await message('x'), 'list: expected an object, SignedTransactionInput, got something else');
    const spelled = await message([{ sender: 'at "list.fee"; or not' }]);
    assert.match(spelled, /^list\[0\]\.sender: /, 'whatever the value says');
  });

  it('is shown as far as people read, in a literal as in a variable', async () => {
    const { execute } = testApi();
    const long = 'x'.repeat(1_000_000);
    for (const { errors } of [
      await execute(`{ block(height: "${long}") { height } }`),
      await execute('query ($h: Int) { block(height: $h) { height } }', { h: long.slice(0, 4_000) }),
    ]) {
      assert.ok(errors[0]!.message.length < 200);
      assert.match(errors[0]!.message, /^(height|h): expected Int, got "xxx/);
    }
  });

  it('has another code than a document that does not fit the schema', async () => {
    const { execute } = testApi();
    for (const query of [
      '{ nothing }',
      '{ block(hight: 1) { hash } }',
      '{ balance { confirmed } }',
      '{ block(height: $h) { hash } }',
    ]) {
      assert.equal((await execute(query)).errors[0]!.extensions['code'], 'GRAPHQL_VALIDATION_FAILED', query);
    }
  });
});

describe('null for a variable whose place has a default', () => {
  // One for every such place of the schema: an argument, a field of an input, a directive.
  for (const [query, message] of [
    [
      `query ($v: String) { checkTransaction(transaction: { memo: $v, ${REQUIRED} }) { __typename } }`,
      'memo: expected String, got null',
    ],
    ['query ($v: Int) { chain { headersAfter(locator: [], first: $v) { height } } }', 'first: expected Int, got null'],
    ['mutation ($v: Int) { mineBlocks(count: $v) { __typename } }', 'count: expected Int, got null'],
    ['query ($v: Boolean = true) { chain { height @include(if: $v) } }', 'if: expected Boolean, got null'],
    ['query ($v: Boolean = true) { chain { height @skip(if: $v) } }', 'if: expected Boolean, got null'],
    [
      'query ($v: Boolean = true) { ...F @include(if: $v) } fragment F on Query { chain { height } }',
      'if: expected Boolean, got null',
    ],
    [
      'query ($v: Boolean = true) { ...F } fragment F on Query { chain { height @skip(if: $v) } }',
      'if: expected Boolean, got null',
    ],
    [
      `subscription ($v: Int) { transactionStatus(id: "${HASH}", confirmations: $v) { __typename } }`,
      'confirmations: expected Int, got null',
    ],
  ] as const) {
    it(`is refused before anything runs: ${query}`, async () => {
      const { execute, logged, snapshots } = testApi();
      for (let again = 0; again < 2; again++) {
        const caller = { admin: true, carries: Object.values(OperationTypeNode) };
        const { data, errors } = await execute(query, { v: null }, caller);
        assert.equal(data, null);
        assert.equal(errors[0]!.message, message);
        assert.equal(errors[0]!.extensions['code'], 'BAD_USER_INPUT');
      }
      assert.deepEqual([logged, snapshots.taken], [[], 0]);
    });
  }

  it('and its absence is the default', async () => {
    const { execute } = testApi();
    const query = 'query ($v: Int) { chain { headersAfter(locator: [], first: $v) { height } } }';
    assert.deepEqual((await execute(query, {})).errors, []);
    const byDefault = await execute(query.replace('Int)', 'Int = null)'), {});
    assert.equal(byDefault.errors[0]!.message, 'first: expected Int, got null');
  });
});

describe('an operation name', () => {
  it('that fits no value is answered with the allowed ones', async () => {
    const { execute } = testApi();
    const { errors } = await execute('query A { chain { height } } query B { chain { height } }');
    assert.deepEqual(
      errors.map(({ message, extensions }) => [message, extensions['code']]),
      [['operationName: expected A, B, got none', 'OPERATION_RESOLUTION_FAILURE']],
    );
  });
});
