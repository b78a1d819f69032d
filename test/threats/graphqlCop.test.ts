import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCode, testServer } from '../api/testServer.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const many = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => one(i)).join(' ');

// The checks of graphql-cop 1.14, in its order; docs/threats.md has its findings that are intended.
describe('what graphql-cop looks for', async () => {
  const { call, post } = await testServer();

  for (const [check, query] of [
    ['alias overloading', `{ chain { ${many(101, (i) => `alias${i}: blocks(first: 100) { nodes { reward } }`)} } }`],
    ['directive overloading', '{ __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }'],
    [
      'circular introspection',
      '{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }',
    ],
    ['field duplication', `{ ${'__typename '.repeat(500)} }`],
  ] as const) {
    it(`threat graphql-cop: ${check} is refused before it is executed`, async () => {
      const reply = await post(query);
      assert.equal(reply.status, 400, reply.text.slice(0, 200));
      assert.match(
        errorCode(reply)!,
        /^(GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED|QUERY_TOO_EXPENSIVE|BAD_USER_INPUT)$/,
      );
    });
  }

  it('threat graphql-cop: a list of operations is refused', async () => {
    const body = JSON.stringify(Array.from({ length: 10 }, () => ({ query: '{ __typename }' })));
    const reply = await call({ headers: JSON_TYPE, body });
    assert.equal(reply.status, 400);
    assert.doesNotMatch(reply.text, /"__typename"/);
  });

  it('threat graphql-cop: mutations by GET, and operations as a form, are refused', async () => {
    const get = await call({ method: 'GET', path: '/graphql?query=mutation{__typename}' });
    assert.equal(get.status, 405);
    const form = await call({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'query={__typename}',
    });
    assert.equal(form.status, 415);
  });

  it('threat graphql-cop: no answer has traces, stacks or suggestions of hidden fields', async () => {
    for (const query of [
      '{ __typename',
      '{ chains { height } }',
      '{ block(height: "x") { hash } }',
      'query { __typename } query { a }',
    ]) {
      const { text } = await post(query);
      assert.doesNotMatch(text, /"(tracing|stacktrace|exception)"|node_modules|\bat \w+ \(/, query);
    }
    assert.doesNotMatch((await post('{ __typename }')).text, /tracing/);
  });
});
