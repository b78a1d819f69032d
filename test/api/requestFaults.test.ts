import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REJECTION_CODES } from '../../src/consensus/rejection.js';
import { ERROR_CODES } from '../../src/graphql/errors.js';
import { strangeOperations } from './strangeOperations.js';
import { socketClient } from './streamClients.js';
import { ADMIN_TOKEN, testServer, type Call } from './testServer.js';

const KNOWN: ReadonlySet<unknown> = new Set([...Object.keys(ERROR_CODES), ...REJECTION_CODES]);
const JSON_TYPE = { 'content-type': 'application/json' };
/** An accepted subscription may get no event. All but three are refused, which a slow machine does late. */
const PATIENCE_MS = 1_000;
const REFUSED_SUBSCRIPTIONS = 90;

interface Told {
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
}

/** No answer reports a fault of this node, or has an undocumented code. */
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
    const all = [...strangeOperations('query'), ...strangeOperations('mutation'), ...strangeOperations('subscription')];
    assert.ok(all.length > 400, `${all.length} requests`);
    for (const { name, query, variables } of all) {
      await ask(name, { headers, body: JSON.stringify({ query, variables }) });
    }
    for (const { name, query, variables } of strangeOperations('query')) {
      const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
      if (parameters.toString().length < 4_000)
        await ask(name, { method: 'GET', path: `/graphql?${parameters.toString()}` });
    }
  });

  it('as a value, over a WebSocket, is answered so as well', async () => {
    const all = [...strangeOperations('query'), ...strangeOperations('mutation'), ...strangeOperations('subscription')];
    let refused = 0;
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
        if (query.startsWith('subscription')) setTimeout(() => stop(), PATIENCE_MS);
      });
      assertTold(told, name);
      if (query.startsWith('subscription') && told.errors) refused++;
    }
    assert.ok(refused >= REFUSED_SUBSCRIPTIONS, `${refused} refused`);
  });

  it('as a value, over an event stream, is answered so as well', async () => {
    let refused = 0;
    for (const { name, query, variables } of strangeOperations('subscription')) {
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
            setTimeout(() => resolve({ value: undefined, done: true }), PATIENCE_MS),
          ),
        ]);
        if (done) break;
        text += value;
      }
      await reader.cancel();
      const data = /^data: (\{.*)$/m.exec(text)?.[1];
      const told = JSON.parse(data ?? '{}') as Told;
      assertTold(told, name);
      if (told.errors) refused++;
    }
    assert.ok(refused >= REFUSED_SUBSCRIPTIONS, `${refused} refused`);
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
