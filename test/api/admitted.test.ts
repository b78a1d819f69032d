import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApolloServer } from '@apollo/server';
import type { FormattedExecutionResult } from 'graphql';
import { transactionInput } from '../../src/client/codec.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { strangeOperations } from './strangeOperations.js';
import { socketClient } from './streamClients.js';
import { ADMIN_TOKEN, errorCode, type Reply, testServer } from './testServer.js';

/** How often Apollo was asked, over HTTP or by another connection. */
let passes = 0;
for (const name of ['executeHTTPGraphQLRequest', 'executeOperation'] as const) {
  const original = Reflect.get(ApolloServer.prototype, name) as (...args: unknown[]) => Promise<unknown>;
  Object.defineProperty(ApolloServer.prototype, name, {
    value(this: unknown, ...args: unknown[]) {
      passes++;
      return original.apply(this, args);
    },
  });
}

const STRANGER = { 'x-forwarded-for': '198.51.100.7' };
const server = await testServer(
  {
    members: { admits: () => false },
    peers: {
      list: () => {
        throw new Error('a secret of this node');
      },
    } as never,
  },
  { trustProxy: { hops: 1 } },
  {},
  () => 0,
);

interface Asked {
  readonly query?: string;
  readonly variables?: unknown;
  readonly operationName?: string;
  readonly extensions?: unknown;
  readonly headers?: Record<string, string>;
  readonly method?: 'GET' | 'HEAD';
}

function send({ headers, method, ...operation }: Asked): Promise<Reply> {
  if (method === undefined) {
    const body = JSON.stringify(operation);
    return server.call({ headers: { 'content-type': 'application/json', ...headers }, body });
  }
  const { query, variables } = operation;
  const parameters = new URLSearchParams({
    query: query!,
    ...(variables !== undefined && { variables: JSON.stringify(variables) }),
  });
  return server.call({ method, path: `/graphql?${parameters.toString()}`, ...(headers && { headers }) });
}

let texts = 0;
const accepted = new Set<string>();
/** The same operation in a text that was never sent. */
function anew(asked: Asked): Asked {
  return { ...asked, ...(asked.query !== undefined && { query: `${asked.query} #${texts++}` }) };
}

/** Status, head without what changes by itself, and body. */
function told({ status, headers, text }: Reply) {
  return { status, headers: Object.entries(headers).filter(([name]) => name !== 'date'), text };
}

/** Sends it as the first of its document, and again; resolves to the answer. */
async function twice(asked: Asked, isAdmitted = true): Promise<Reply> {
  // So that Apollo has answered to its header Accept.
  const { accept = '' } = asked.headers ?? {};
  if (!accepted.has(accept)) await send({ query: '{ __typename }', ...(asked.headers && { headers: asked.headers }) });
  accepted.add(accept);
  const own = anew(asked);
  passes = 0;
  const first = await send(own);
  assert.equal(passes, 1);
  for (let again = 0; again < 2; again++) assert.deepEqual(told(await send(own)), told(first));
  assert.equal(passes, isAdmitted ? 1 : 3);
  return first;
}

const ACCEPTS = [
  '*/*',
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json, application/json;q=0.9',
  'text/html, application/*;q=0.5',
];
const ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };
const SHOW_COST = { 'corrente-cost': '1' };
const HASH = 'ab'.repeat(32);
const BLOCKS =
  'query ($n: Int, $all: Boolean = false) { chain { blocks(first: $n) { nodes { hash transactions(first: 100) @include(if: $all) { nodes { id proof { index } } } } } } }';
const TWO = 'query A { chain { height } } query B { __typename }';
const HASHES = 'query ($h: [Hash!]!) { blocks(hashes: $h) { height } }';
const SIGNED = transactionInput(
  transfer({ network: testNetwork(), from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 }),
  testNetwork().addressPrefix,
);
const ADD =
  'mutation ($t: AddTransactionInput!) { addTransaction(transaction: $t) { __typename ... on TransactionAccepted { transaction { id } } } }';

describe('an operation of an admitted document', () => {
  for (const [what, asked, status, code] of [
    ['a query', { query: '{ chain { height tip { hash } } }' }, 200],
    ['a mutation', { query: ADD, variables: { t: SIGNED } }, 200],
    ['introspection', { query: '{ __schema { types { name } } }' }, 200],
    ['one of several operations', { query: TWO, operationName: 'B' }, 200],
    ['none of several operations', { query: TWO }, 400, 'OPERATION_RESOLUTION_FAILURE'],
    ['an unknown operation', { query: TWO, operationName: 'C' }, 400, 'OPERATION_RESOLUTION_FAILURE'],
    ['an operation with no name', { query: TWO, operationName: '' }, 400, 'OPERATION_RESOLUTION_FAILURE'],
    ['a variable of another type', { query: BLOCKS, variables: { n: 'x' } }, 400, 'BAD_USER_INPUT'],
    ['a variable that is missing', { query: HASHES }, 400, 'BAD_USER_INPUT'],
    ['a list that is too long', { query: HASHES, variables: { h: Array(129).fill(HASH) } }, 400, 'BAD_USER_INPUT'],
    ['a literal out of range', { query: '{ chain { blocks(first: 101) { totalCount } } }' }, 400, 'BAD_USER_INPUT'],
    ['too high a cost', { query: BLOCKS, variables: { n: 100, all: true } }, 400, 'QUERY_TOO_EXPENSIVE'],
    [
      'a mistake that its field finds',
      { query: '{ chain { blocks(after: "x") { totalCount } } }' },
      200,
      'BAD_USER_INPUT',
    ],
    ['a member’s field', { query: '{ chain { height } peers { url } }' }, 200, 'NOT_A_MEMBER'],
    ['an admin’s field', { query: '{ log(last: 1) { message } }' }, 200, 'UNAUTHENTICATED'],
    ['a fault of the node', { query: '{ peers { url } }', headers: ADMIN }, 200, 'INTERNAL_SERVER_ERROR'],
    ['a subscription', { query: 'subscription { blockAdded { __typename } }' }, 400, 'BAD_USER_INPUT'],
    ['a query by GET', { query: BLOCKS, variables: { n: 1 }, method: 'GET' }, 200],
    ['a query by HEAD', { query: BLOCKS, variables: { n: 1 }, method: 'HEAD' }, 200],
    [
      'a mutation by GET',
      { query: 'mutation { mineBlocks(count: 1) { __typename } }', method: 'GET' },
      405,
      'METHOD_NOT_ALLOWED',
    ],
    ['other extensions', { query: '{ __typename }', extensions: { trace: 'x' } }, 200],
  ] as const satisfies readonly (readonly [string, Asked, number, string?])[]) {
    it(`is answered as the first of it: ${what}`, async () => {
      const reply = await twice(asked);
      assert.equal(reply.status, status, reply.text);
      if (!('method' in asked) || asked.method !== 'HEAD') assert.equal(errorCode(reply), code);
      assert.ok(!reply.text.includes('secret'));
      const costly = await twice({ ...asked, headers: { ...('headers' in asked && asked.headers), ...SHOW_COST } });
      if (costly.text) assert.match(costly.text, /"extensions":\{"cost":\d+\}\}\n$/);
    });
  }

  for (const accept of ACCEPTS) {
    it(`is answered as the first of it: Accept: ${accept}`, async () => {
      await twice({ query: '{ __typename }', headers: { accept } });
      await twice({ query: HASHES, headers: { accept } });
    });
  }

  it('is answered as the first of it, whatever its values are', async () => {
    for (const { query, variables } of [...strangeOperations('query'), ...strangeOperations('subscription')]) {
      await twice({ query, variables, headers: SHOW_COST });
    }
  });

  it('passes Apollo if it is none: a mistake in the document, or one that is named by its hash', async () => {
    for (const asked of [
      { query: '{' },
      { query: '{ nothing }' },
      { query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash: HASH } } },
      { extensions: { persistedQuery: { version: 1, sha256Hash: HASH } } },
    ]) {
      await twice(asked, false);
    }
  });

  it('passes Apollo the first time that a client accepts something else', async () => {
    const query = '{ chain { height } }';
    await twice({ query });
    passes = 0;
    const headers = { accept: 'application/graphql-response+json;q=0.7, text/plain' };
    for (let again = 0; again < 2; again++) {
      const { headers: head } = await send({ query, headers });
      assert.equal(head['content-type'], 'application/graphql-response+json; charset=utf-8');
    }
    assert.equal(passes, 1);
  });
});

describe('the limits of an admitted document', () => {
  it('hold for each value of its variables, as if it were the first', async () => {
    for (const [query, values] of [
      [
        BLOCKS,
        [
          { n: 1 },
          { n: 101 },
          { n: -1 },
          { n: null },
          { n: 100, all: true },
          { n: 1, all: true },
          { all: null },
          { n: 2 },
        ],
      ],
      [HASHES, [{ h: [] }, { h: Array(129).fill(HASH) }, { h: null }, { h: ['x'.repeat(5_000)] }, { h: [HASH] }]],
      [ADD, [{ t: SIGNED }, { t: { ...SIGNED, unknown: 1 } }, { t: { ...SIGNED, fee: 'x' } }, { t: null }]],
    ] as const) {
      const admitted = anew({ query });
      await send({ ...admitted, variables: values[0] });
      for (const variables of values) {
        const expected = await send({ ...anew({ query }), variables, headers: SHOW_COST });
        passes = 0;
        const again = await send({ ...admitted, variables, headers: SHOW_COST });
        assert.equal(passes, 0);
        const place = /"locations":\[[^\]]*\],?/g;
        assert.deepEqual(
          [again.status, again.text.replace(place, '')],
          [expected.status, expected.text.replace(place, '')],
        );
      }
    }
  });

  it('charge its sender the same, by its variables', async () => {
    const budget = server.budgets.ofAddress(STRANGER['x-forwarded-for'])!;
    const spent = async (asked: Asked) => {
      const before = budget.left('cost');
      await send({ ...asked, headers: STRANGER });
      return before - budget.left('cost');
    };
    const own = anew({ query: BLOCKS });
    const [first, second, other] = [
      await spent({ ...own, variables: { n: 1 } }),
      await spent({ ...own, variables: { n: 1 } }),
      await spent({ ...own, variables: { n: 50 } }),
    ];
    assert.equal(second, first);
    assert.ok(other > 10 * first, `${other} and ${first}`);
    // Nothing was executed.
    assert.equal(await spent({ ...own, variables: { n: 101 } }), 0);
  });

  it('refuse it once its sender has spent a budget', async () => {
    const own = { ...anew({ query: '{ chain { height } }' }), headers: { 'x-forwarded-for': '198.51.100.8' } };
    assert.equal((await send(own)).status, 200);
    const budget = server.budgets.ofAddress('198.51.100.8')!;
    budget.spend('cost', budget.left('cost'));
    assert.equal(errorCode(await send(own)), 'RATE_LIMITED');
  });
});

describe('a document that came by a WebSocket', () => {
  const client = socketClient(server.url);
  const ask = async (query: string): Promise<FormattedExecutionResult> => {
    for await (const result of client.iterate({ query })) return result as FormattedExecutionResult;
    throw new Error('expected a result');
  };

  it('passes Apollo once, by whatever connection it comes, also as a subscription', async () => {
    const [query, follow] = [
      anew({ query: '{ chain { height } }' }),
      anew({ query: `subscription { balanceChanged(address: "${SIGNED.sender}") { confirmed } }` }),
    ];
    passes = 0;
    const first = await ask(query.query!);
    assert.deepEqual(await ask(query.query!), first);
    assert.deepEqual(JSON.parse((await send(query)).text), first);
    assert.equal(passes, 1);
    const status = await ask(follow.query!);
    assert.deepEqual(await ask(follow.query!), status);
    assert.equal((await send(follow)).status, 400);
    assert.equal(passes, 2);
  });
});
