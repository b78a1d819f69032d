import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { ERROR_CODES } from '../../src/graphql/errors.js';
import { ADMIN_TOKEN, errorCode, testServer, type Call } from './testServer.js';

const QUERY = '{"query":"{ chain { height } }"}';
const JSON_TYPE = { 'content-type': 'application/json' };
const JSON_BODY_OF_TEN = 'content-type: application/json\r\ncontent-length: 10\r\n\r\n';
const MEBIBYTE = 1024 * 1024;

/** A request for each code, and its message. The other codes are those of GraphQL, or need a full node: see webSocket.test.ts. */
const REFUSED: readonly (readonly [code: keyof typeof ERROR_CODES, message: RegExp, call: Call])[] = [
  ['BAD_REQUEST', /expected a body of JSON, got something else: /, { headers: JSON_TYPE, body: '{"query":' }],
  ['BAD_REQUEST', /expected a body of JSON, got an empty one/, { headers: JSON_TYPE, body: '' }],
  ['BAD_REQUEST', /expected a POST of JSON such as .* got no query/, { headers: JSON_TYPE, body: '{}' }],
  ['BAD_REQUEST', /got a list: send one operation a request/, { headers: JSON_TYPE, body: `[${QUERY}]` }],
  ['BAD_REQUEST', /expected a POST of JSON such as .* got a GET without a query/, { method: 'GET' }],
  [
    'BAD_REQUEST',
    /variables: expected an object, got "\{\}"/,
    { headers: JSON_TYPE, body: '{"query":"{ a }","variables":"{}"}' },
  ],
  ['FORBIDDEN_HOST', /expected the host localhost/, { headers: { ...JSON_TYPE, host: 'evil.example' }, body: QUERY }],
  [
    'FORBIDDEN_ORIGIN',
    /expected the origin of this node/,
    { headers: { ...JSON_TYPE, origin: 'http://evil.example' }, body: QUERY },
  ],
  [
    'NOT_FOUND',
    /expected POST \/graphql, GET \/health or a page such as \/, got GET \/chain/,
    { method: 'GET', path: '/chain' },
  ],
  // As patterns of routes these are broken, or match everything.
  ...['/*raphql', '/*', '/:id', '/graphql(x', '/:a(b)'].map(
    (path) => ['NOT_FOUND', /expected POST \/graphql/, { method: 'GET', path }] as const,
  ),
  ['METHOD_NOT_ALLOWED', /expected GET or HEAD or POST or OPTIONS, got PUT \/graphql/, { method: 'PUT' }],
  [
    'METHOD_NOT_ALLOWED',
    /expected a query, got a mutation by GET: send it by POST/,
    { method: 'GET', path: '/graphql?query=mutation{stopMining{mining}}' },
  ],
  [
    'NOT_ACCEPTABLE',
    /accept: expected application\/json .* got "text\/csv"/,
    { headers: { ...JSON_TYPE, accept: 'text/csv' }, body: QUERY },
  ],
  [
    'NOT_ACCEPTABLE',
    /event streams are at \/graphql\/stream/,
    { headers: { ...JSON_TYPE, accept: 'text/event-stream' }, body: QUERY },
  ],
  [
    'REQUEST_TOO_LARGE',
    /expected a body of at most 1048576 bytes, got more; a node that proves its identity may send 16777216/,
    { headers: { ...JSON_TYPE, 'content-length': '17000000' } },
  ],
  [
    'UNSUPPORTED_MEDIA_TYPE',
    /content-type: expected application\/json, got "text\/plain"/,
    { headers: { 'content-type': 'text/plain' }, body: QUERY },
  ],
  [
    'UNSUPPORTED_MEDIA_TYPE',
    /charset utf-8, got "utf-16"/,
    { headers: { 'content-type': 'application/json; charset=utf-16' }, body: QUERY },
  ],
  [
    'UNSUPPORTED_MEDIA_TYPE',
    /content-encoding: expected gzip, deflate, br or none, got "zstd"/,
    { headers: { ...JSON_TYPE, 'content-encoding': 'zstd' }, body: QUERY },
  ],
  [
    'BAD_REQUEST',
    /expected a body in gzip, .* got something else/,
    { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: QUERY },
  ],
];

describe('a request is refused with the status of its code', () => {
  for (const [code, message, call] of REFUSED) {
    it(`${code}: ${message.source}`, async () => {
      const { call: send } = await testServer();
      const reply = await send(call);
      assert.deepEqual([reply.status, errorCode(reply)], [ERROR_CODES[code].status, code]);
      const { errors } = JSON.parse(reply.text) as { errors: [{ message: string }] };
      assert.match(errors[0].message, message);
      if (code === 'METHOD_NOT_ALLOWED') assert.match(reply.headers.allow!, /POST/);
    });
  }

  it('STOPPING', async () => {
    const { services, server, post, call } = await testServer();
    let finish: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      Object.assign(services.sync, {
        resolve: () =>
          new Promise((_, reject) => {
            finish = () => reject(new Error('ended'));
            resolve();
          }),
      });
    });
    // On an open connection, since the node accepts no new one.
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const inFlight = post('mutation { resolveConflicts { replaced } }', { authorization: `Bearer ${ADMIN_TOKEN}` });
    await begun;
    socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(socket, 'data');
    const closing = server.close();
    await new Promise((resolve) => setImmediate(resolve));
    socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 503 [^]*"code":"STOPPING"/);
    finish();
    await Promise.all([closing, inFlight, call({}).catch(() => undefined)]);
  });

  for (const [what, part] of [
    ['its head', 'POST /graphql HTTP/1.1\r\nhost: localhost\r\n'],
    ['its body', `POST /graphql HTTP/1.1\r\nhost: localhost\r\n${JSON_BODY_OF_TEN}{"query"`],
  ] as const) {
    it(`REQUEST_TIMEOUT, when only a part of ${what} came`, async () => {
      const { url } = await testServer({}, { requestTimeoutMs: 50 });
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.write(part);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 408 [^]*within 0\.05 s, got a part[^]*"code":"REQUEST_TIMEOUT"/);
      socket.destroy();
    });
  }
});

describe('a compressed body', () => {
  const send = async (encoding: string, body: Buffer, path = '/graphql') => {
    const { url } = await testServer();
    const headers = { ...JSON_TYPE, 'content-encoding': encoding };
    const reply = await fetch(new URL(path, url), { method: 'POST', headers, body });
    return { status: reply.status, text: await reply.text() };
  };

  it('is read in the encodings that clients use', async () => {
    for (const [encoding, body] of [
      ['gzip', gzipSync(QUERY)],
      ['x-gzip', gzipSync(QUERY)],
      ['GZIP', gzipSync(QUERY)],
      ['deflate', deflateSync(QUERY)],
      ['br', brotliCompressSync(QUERY)],
      ['identity', Buffer.from(QUERY)],
    ] as const) {
      const { status, text } = await send(encoding, body);
      assert.deepEqual([status, JSON.parse(text)], [200, { data: { chain: { height: 0 } } }], encoding);
    }
  });

  it('is bounded by its unpacked size: 1 MiB, and 64 KiB for an event stream', async () => {
    const padded = (bytes: number) => QUERY + ' '.repeat(bytes - QUERY.length);
    for (const [compress, encoding] of [
      [gzipSync, 'gzip'],
      [deflateSync, 'deflate'],
      [brotliCompressSync, 'br'],
    ] as const) {
      assert.equal((await send(encoding, compress(padded(MEBIBYTE)))).status, 200);
      const bomb = await send(encoding, compress(padded(20 * MEBIBYTE)));
      assert.deepEqual([bomb.status, errorCode({ ...bomb, headers: {} })], [413, 'REQUEST_TOO_LARGE'], encoding);
    }
    const stream = await send('gzip', gzipSync(padded(65 * 1024)), '/graphql/stream');
    assert.equal(stream.status, 413);
  });
});

describe('a body that is not UTF-8', () => {
  it('is refused, so that no memo is signed with another character than was meant', async () => {
    const { url } = await testServer();
    const body = Buffer.from('{"query":"{ chain { height } }","variables":{"memo":"M\u00fcller"}}', 'latin1');
    const reply = await fetch(url, { method: 'POST', headers: JSON_TYPE, body });
    const text = await reply.text();
    assert.equal(reply.status, 400);
    assert.match(text, /expected a body in UTF-8, got bytes that are none/);
  });
});
