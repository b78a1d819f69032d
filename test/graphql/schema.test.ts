import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  printSchema,
  type GraphQLField,
  type GraphQLNamedType,
} from 'graphql';
import { LIST_BOUNDS } from '../../src/graphql/prices.js';
import { createSchema } from '../../src/graphql/schema.js';

const schema = createSchema({ addressPrefix: 'cor' });
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);
const objectFields = types.flatMap((type) =>
  isObjectType(type)
    ? Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, type, field }))
    : [],
);

describe('the schema', () => {
  it('is the one in schema.graphql: run `npm run schema` after a change', () => {
    const file = new URL('../../../schema.graphql', import.meta.url);
    assert.equal(`${printSchema(schema)}\n`, readFileSync(file, 'utf8'));
  });

  it('is the same for every network', () => {
    assert.equal(printSchema(createSchema({ addressPrefix: 'cordev' })), printSchema(schema));
  });

  it('describes every type, field, argument and value', () => {
    const elements = types.flatMap((type) => [[type.name, type.description] as const, ...describedMembers(type)]);
    assert.ok(elements.length > 250, `expected to see the whole schema, got ${elements.length} elements`);
    const silent = elements.filter(([, description]) => !/\S/.test(description ?? '')).map(([name]) => name);
    assert.deepEqual(silent, []);
  });

  it('says of every admin operation that it is one', () => {
    for (const name of [
      'mineBlocks',
      'startMining',
      'stopMining',
      'resolveConflicts',
      'addPeer',
      'removePeer',
      'createWallet',
    ]) {
      assert.match(schema.getMutationType()!.getFields()[name]!.description!, /^Admin, with the scope `/, name);
    }
  });
});

describe('a list', () => {
  const connections = objectFields.filter(({ field }) => getNamedType(field.type).name.endsWith('Connection'));

  it('is a Relay connection with the four page arguments', () => {
    assert.deepEqual(connections.map(({ name }) => name).sort(), [
      'Balance.transactions',
      'Block.transactions',
      'Chain.blocks',
      'Mempool.transactions',
      'Query.balances',
    ]);
    for (const { name, field } of connections) {
      const page = Object.fromEntries(field.args.map((argument) => [argument.name, String(argument.type)]));
      const { first, after, last, before } = page;
      assert.deepEqual(
        { first, after, last, before },
        { first: 'Int', after: 'String', last: 'Int', before: 'String' },
        name,
      );
      assert.ok(isNonNullType(field.type), name);
    }
  });

  it('has edges, nodes, pageInfo and totalCount as a connection', () => {
    for (const type of types) {
      if (!isObjectType(type) || !type.name.endsWith('Connection')) continue;
      const node = type.name.slice(0, -'Connection'.length);
      const fields = Object.values(type.getFields()).map((field) => `${field.name}: ${String(field.type)}`);
      assert.deepEqual(fields, [
        `edges: [${node}Edge!]!`,
        `nodes: [${node}!]!`,
        'pageInfo: PageInfo!',
        'totalCount: Int!',
      ]);
    }
  });

  it('that is no connection has a bound that its cost counts', () => {
    const bare = objectFields.filter(({ type, field }) => isListOfObjects(field) && !type.name.endsWith('Connection'));
    assert.deepEqual(bare.map(({ name }) => name).sort(), Object.keys(LIST_BOUNDS).sort());
  });
});

function isListOfObjects(field: GraphQLField<unknown, unknown>): boolean {
  const named = getNamedType(field.type);
  return isListType(getNullableType(field.type)) && named.name !== 'Hash';
}

function describedMembers(type: GraphQLNamedType): (readonly [string, string | null | undefined])[] {
  if (isEnumType(type)) {
    return type.getValues().map((value) => [`${type.name}.${value.name}`, value.description] as const);
  }
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field.description] as const);
  }
  if (!isObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    [`${type.name}.${field.name}`, field.description] as const,
    ...field.args.map((argument) => [`${type.name}.${field.name}(${argument.name})`, argument.description] as const),
  ]);
}
