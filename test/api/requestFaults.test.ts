import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import { REJECTION_CODES } from '../../src/consensus/rejection.js';
import { ERROR_CODES } from '../../src/graphql/errorCodes.js';
import { createSchema } from '../../src/graphql/schema.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { testAccount, testNetwork } from '../support/blocks.js';
import { socketClient } from './streamClients.js';
import { ADMIN_TOKEN, testServer, type Call } from './testServer.js';

const SCHEMA = createSchema(testNetwork());
const KNOWN: ReadonlySet<unknown> = new Set([...Object.keys(ERROR_CODES), ...REJECTION_CODES]);
const JSON_TYPE = { 'content-type': 'application/json' };

/** A value that fits, by the type's name. */
const FITTING: Readonly<Record<string, unknown>> = {
  Address: encodeAddress('cortest', testAccount(0).publicKey),
  Base64: '',
  BigUInt: '1',
  Boolean: true,
  DateTime: '2026-01-01T00:00:00.000Z',
  Hash: 'ab'.repeat(32),
  ID: 'x',
  Int: 1,
  PeerUrl: 'http://127.0.0.1:9/graphql',
  Signature: 'ab'.repeat(64),
  String: 'x',
  UInt64: '1',
};

function fitting(type: GraphQLInputType): unknown {
  const inner = getNullableType(type);
  if (isListType(inner)) return [fitting(inner.ofType)];
  if (isEnumType(inner)) return inner.getValues()[0]!.name;
  if (isInputObjectType(inner)) {
    return Object.fromEntries(Object.values(inner.getFields()).map((field) => [field.name, fitting(field.type)]));
  }
  const { name } = getNamedType(inner);
  assert.ok(name in FITTING, `expected a value for ${name}`);
  return FITTING[name];
}

const STRANGE: readonly unknown[] = [
  null,
  '',
  'x',
  '\u202e\u0000\ud800',
  'x'.repeat(5_000),
  -1,
  -(2 ** 31),
  2 ** 31 - 1,
  2 ** 53,
  1.5,
  true,
  {},
  [],
  [null],
  [[[]]],
  { constructor: 1, toString: null },
];

interface Operation {
  readonly name: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Every field of an operation type with every strange value for each of its arguments, and for each field of an input. */
function operations(kind: 'query' | 'mutation' | 'subscription'): Operation[] {
  const roots = {
    query: SCHEMA.getQueryType(),
    mutation: SCHEMA.getMutationType(),
    subscription: SCHEMA.getSubscriptionType(),
  };
  return Object.values(roots[kind]!.getFields()).flatMap((field) =>
    field.args.flatMap((strange) => strangeValues(strange).map((value) => operation(kind, field, strange, value))),
  );
}

function strangeValues({ type }: GraphQLArgument): unknown[] {
  const inner = getNamedType(type);
  if (!isInputObjectType(inner)) return [...STRANGE];
  const whole = fitting(inner) as Record<string, unknown>;
  const inFields = Object.keys(inner.getFields()).flatMap((name) =>
    STRANGE.slice(0, 8).map((value) => ({ ...whole, [name]: value })),
  );
  const isList = isListType(getNullableType(type));
  return [...STRANGE, ...inFields.map((value) => (isList ? [value] : value))];
}

function operation(
  kind: string,
  field: GraphQLField<unknown, unknown>,
  strange: GraphQLArgument,
  value: unknown,
): Operation {
  // Nullable, where a default lets it be: null is then found later.
  const typeOf = ({ type, defaultValue }: GraphQLArgument) =>
    defaultValue === undefined ? String(type) : String(getNullableType(type));
  const definitions = field.args.map((argument) => `$${argument.name}: ${typeOf(argument)}`).join(', ');
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const selection = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
  const others = Object.fromEntries(field.args.map((argument) => [argument.name, fitting(argument.type)]));
  return {
    name: `${field.name}.${strange.name} ${JSON.stringify(value).slice(0, 60)}`,
    query: `${kind} (${definitions}) { ${field.name}(${given})${selection} }`,
    variables: { ...others, [strange.name]: value },
  };
}

interface Told {
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
}

/** Nothing that was told is this node's own fault, or has no documented code. */
function assertTold({ errors = [] }: Told, name: string): void {
  for (const { message, extensions } of errors) {
    const code = extensions?.['code'];
    assert.ok(KNOWN.has(code) && code !== 'INTERNAL_SERVER_ERROR', `${name}: ${String(code)} ${message}`);
    assert.doesNotMatch(message, /Apollo|FST_ERR|Fastify|got invalid value/i, name);
  }
}

const server = await testServer({}, { streams: { maxOperations: 10_000 } });
const socket = socketClient(server.url, { connectionParams: { authorization: `Bearer ${ADMIN_TOKEN}` } });

describe('whatever a client sends', () => {
  const ask = async (name: string, call: Call): Promise<number> => {
    const { status, text } = await server.call(call);
    assert.ok(status < 500, `${name}: ${status} ${text.slice(0, 200)}`);
    if (call.method !== 'HEAD' && text.startsWith('{')) assertTold(JSON.parse(text) as Told, name);
    return status;
  };

  it('as a value, over HTTP, is answered with a documented code that is not this node’s fault', async () => {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${ADMIN_TOKEN}` };
    const all = [...operations('query'), ...operations('mutation'), ...operations('subscription')];
    assert.ok(all.length > 400, `${all.length} requests`);
    for (const { name, query, variables } of all) {
      await ask(name, { headers, body: JSON.stringify({ query, variables }) });
    }
    for (const { name, query, variables } of operations('query')) {
      const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
      if (parameters.toString().length < 4_000)
        await ask(name, { method: 'GET', path: `/graphql?${parameters.toString()}` });
    }
  });

  it('as a value, over a WebSocket, is answered so as well', async () => {
    const all = [...operations('query'), ...operations('mutation'), ...operations('subscription')];
    for (const { name, query, variables } of all) {
      const told = await new Promise<Told>((resolve) => {
        const stop = socket.subscribe<unknown>(
          { query, variables },
          {
            next: (result) => {
              resolve(result as Told);
              stop();
            },
            error: (failure) => resolve({ errors: failure as NonNullable<Told['errors']> }),
            complete: () => resolve({}),
          },
        );
        // A subscription that was taken may be told of nothing.
        if (query.startsWith('subscription')) setTimeout(() => stop(), 30);
      });
      assertTold(told, name);
    }
  });

  it('as a value, over an event stream, is answered so as well', async () => {
    for (const { name, query, variables } of operations('subscription')) {
      const response = await fetch(`${server.url}/stream`, {
        method: 'POST',
        headers: JSON_TYPE,
        body: JSON.stringify({ query, variables }),
      });
      assert.ok(response.status < 500, name);
      let text = '';
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      while (!/^event: (next|complete)/m.test(text)) {
        const { value, done } = await Promise.race([
          reader.read(),
          new Promise<{ value: undefined; done: true }>((resolve) =>
            setTimeout(() => resolve({ value: undefined, done: true }), 30),
          ),
        ]);
        if (done) break;
        text += value;
      }
      await reader.cancel();
      const data = /^data: (\{.*)$/m.exec(text)?.[1];
      if (data) assertTold(JSON.parse(data) as Told, name);
    }
  });

  it('as a request, is answered so as well', async () => {
    const query = '{"query":"{ chain { height } }"}';
    const bodies = [
      '',
      '{',
      'null',
      '1',
      '"x"',
      '[]',
      '[{}]',
      '{}',
      '{"query":null}',
      '{"query":7}',
      '{"query":""}',
      '{"query":" "}',
      '{"query":"#"}',
      '{"query":"{"}',
      '{"query":"{ a }"}',
      '{"query":"fragment F on Query { chain { height } }"}',
      '{"query":"type A { a: Int }"}',
      '{"query":"{ chain { height } }","variables":7}',
      '{"query":"{ chain { height } }","variables":"{}"}',
      '{"query":"{ chain { height } }","variables":[]}',
      '{"query":"{ chain { height } }","operationName":7}',
      '{"query":"{ chain { height } }","operationName":"A"}',
      '{"query":"{ chain { height } }","extensions":[]}',
      '{"query":"{ chain { height } }","extensions":"x"}',
      '{"__proto__":1,"query":"{ chain { height } }"}',
      '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}',
      '{"extensions":{"persistedQuery":7}}',
      '{"query":"query A { chain { height } } query B { chain { height } }"}',
      '{"query":"{ __type(name: 1) { name } }"}',
    ];
    for (const path of ['/graphql', '/graphql/stream']) {
      for (const body of bodies) {
        await ask(`${path} ${body}`, { path, headers: JSON_TYPE, body });
        await ask(`${path} ${body} as text`, { path, headers: { 'content-type': 'text/plain' }, body });
      }
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'QUERY']) {
        await ask(`${method} ${path}`, { method, path });
      }
      for (const type of [
        '',
        'application/json; charset=utf-16',
        'application/graphql',
        'multipart/form-data',
        ';',
        'application/json;;;',
      ]) {
        await ask(`${path} type ${type}`, { path, headers: { 'content-type': type }, body: query });
      }
      for (const encoding of ['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', '']) {
        await ask(`${path} in ${encoding}`, {
          path,
          headers: { ...JSON_TYPE, 'content-encoding': encoding },
          body: query,
        });
      }
      for (const accept of [
        '',
        'x',
        'text/html',
        'text/event-stream',
        'image/*',
        'application/json;q=0',
        'a/b, */*;q=0',
        'multipart/mixed',
      ]) {
        await ask(`${path} for ${accept}`, { path, headers: { ...JSON_TYPE, accept }, body: query });
      }
      for (const parameters of [
        '?query',
        '?query=',
        '?query=%',
        '?query=a&query=b',
        '?query={chain{height}}&variables=x',
        '?query={a}&variables=[]',
        '?query={chain{height}}&operationName=A',
        '?query[]=a',
        '?query={chain{height}}&extensions=1',
        '?query=subscription{blockAdded{x}}',
      ]) {
        await ask(path + parameters, { method: 'GET', path: path + parameters });
      }
    }
    for (const path of [
      '/x',
      '/%ff',
      '/%',
      '/..%2f..%2f',
      '/block/%zz',
      '/graphql/',
      '/graphql/x',
      `/${'x'.repeat(9_000)}`,
    ]) {
      for (const method of ['GET', 'POST']) await ask(`${method} ${path.slice(0, 20)}`, { method, path });
    }
    for (const headers of [
      { host: 'a b' },
      { host: '[::1' },
      { host: '' },
      { origin: '\u00ff' },
      { authorization: 'x'.repeat(9_000) },
      { 'corrente-node': 'x', 'corrente-url': 'x' },
      { 'corrente-node': 'ab'.repeat(32), 'corrente-url': '::' },
    ]) {
      await ask(JSON.stringify(headers).slice(0, 60), {
        headers: { ...JSON_TYPE, ...headers },
        body: query,
      });
    }
  });
});
