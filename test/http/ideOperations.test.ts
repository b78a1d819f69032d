import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { buildSchema, parse, validate, type GraphQLField, type GraphQLObjectType } from 'graphql';
import { packageFolder } from '../support/packageFolder.js';

type OperationText = (
  operation: string,
  field: GraphQLField<unknown, unknown>,
) => { readonly query: string; readonly variables: string };

const root = packageFolder();
const { operationText } = (await import(pathToFileURL(join(root, 'ide/operationText.js')).href)) as {
  operationText: OperationText;
};
const schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));
const kinds: readonly (readonly [string, GraphQLObjectType])[] = [
  ['query', schema.getQueryType()!],
  ['mutation', schema.getMutationType()!],
  ['subscription', schema.getSubscriptionType()!],
];

describe('an operation opened from the list of the IDE', () => {
  it('is a valid document of the schema, whichever it is', () => {
    let seen = 0;
    for (const [operation, type] of kinds) {
      for (const field of Object.values(type.getFields())) {
        const { query } = operationText(operation, field);
        assert.deepEqual(validate(schema, parse(query)), [], query);
        seen++;
      }
    }
    assert.ok(seen > 25, `expected to see them all, got ${seen}`);
  });

  it('has its arguments as variables, and those to fill in ready', () => {
    const field = (type: GraphQLObjectType | null | undefined, name: string) => type!.getFields()[name]!;
    const send = operationText('mutation', field(schema.getMutationType(), 'addTransaction'));
    assert.match(send.query, /^mutation AddTransaction\(\$transaction: AddTransactionInput!\)/);
    assert.deepEqual(JSON.parse(send.variables), { transaction: { recipient: '', amount: '' } });
    const status = operationText('subscription', field(schema.getSubscriptionType(), 'transactionStatus'));
    assert.match(status.query, /\(\$confirmations: Int! = 1, \$id: Hash!\)/);
    assert.deepEqual(JSON.parse(status.variables), { id: '' });
    assert.equal(operationText('query', field(schema.getQueryType(), 'chain')).variables, '');
  });

  it('asks for no list below its answer, and for no bytes of blocks', () => {
    const { query } = operationText('subscription', schema.getSubscriptionType()!.getFields()['blockAdded']!);
    assert.match(query, /^subscription BlockAdded\(\$afterHash: Hash, \$afterHeight: Int\)/);
    assert.doesNotMatch(query, /\b(body|transactions)\b/);
  });
});
