import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import type { Services } from '../../src/graphql/services.js';
import { ADMIN_TOKEN, errorCode, testServer } from './testServer.js';

describe('the server', () => {
  it('answers POST /graphql', async () => {
    const { post } = await testServer();
    const reply = await post('query ($h: Int) { block(height: $h) { height } }', {}, { h: 0 });
    assert.equal(reply.status, 200);
    assert.match(reply.headers['content-type']!, /^application\/json/);
    assert.deepEqual(JSON.parse(reply.text), { data: { block: { height: 0 } } });
  });

  it('answers GET /graphql with a query, and refuses a mutation there', async () => {
    const { call } = await testServer();
    const get = (query: string, method = 'GET') =>
      call({ method, path: `/graphql?query=${encodeURIComponent(query)}` });
    assert.deepEqual(JSON.parse((await get('{chain{height}}')).text), { data: { chain: { height: 0 } } });
    const mutation = await get('mutation{stopMining{mining}}');
    assert.deepEqual([mutation.status, errorCode(mutation)], [405, 'METHOD_NOT_ALLOWED']);
    const head = await get('{chain{height}}', 'HEAD');
    assert.deepEqual([head.status, head.text], [200, '']);
    const refusedHead = await get('{nothing}', 'HEAD');
    assert.deepEqual([refusedHead.status, refusedHead.text], [400, '']);
  });

  it('answers GET /health', async () => {
    const { call, mine, snapshots } = await testServer();
    await mine();
    const reply = await call({ method: 'GET', path: '/health' });
    assert.deepEqual([reply.status, JSON.parse(reply.text)], [200, { status: 'ok', height: 1, secondsSinceBlock: 0 }]);
    assert.equal(snapshots.open, 0);
  });

  it('gives every view of the chain back, after answers and errors alike', async () => {
    const { post, snapshots } = await testServer();
    await post('{ chain { height } }');
    await post('{ chain { height } block { hash } }');
    await post('{ chain { blocks(first: 1000) { totalCount } } }');
    await post('{ nothing }');
    assert.deepEqual(snapshots, { open: 0, taken: 2 });
  });
});

describe('the cost of an operation', () => {
  it('comes with the answer if a header asks for it', async () => {
    const { post } = await testServer();
    const { data, extensions } = JSON.parse((await post('{ chain { height } }', { 'corrente-cost': '1' })).text) as {
      readonly data: object;
      readonly extensions: { readonly cost: number };
    };
    assert.deepEqual(data, { chain: { height: 0 } });
    assert.ok(extensions.cost >= 1 && extensions.cost < 20, `${extensions.cost}`);
    assert.deepEqual(JSON.parse((await post('{ chain { height } }')).text), { data });
  });
});

describe('the admin token', () => {
  const STOP = 'mutation { stopMining { mining } }';

  it('opens admin operations, and nothing else does', async () => {
    const { post } = await testServer();
    assert.deepEqual(JSON.parse((await post(STOP, { authorization: `Bearer ${ADMIN_TOKEN}` })).text), {
      data: { stopMining: { mining: false } },
    });
    for (const scheme of ['bearer ', 'BEARER ', 'bEaReR   ', ' Bearer  ']) {
      assert.equal(errorCode(await post(STOP, { authorization: `${scheme}${ADMIN_TOKEN}` })), undefined, scheme);
    }
    for (const authorization of [
      '',
      ADMIN_TOKEN,
      `Basic ${ADMIN_TOKEN}`,
      `Bearer ${ADMIN_TOKEN}0`,
      `Bearer ${ADMIN_TOKEN.slice(1)}`,
      'Bearer ',
      `Bearer${ADMIN_TOKEN}`,
      `Bearer ${ADMIN_TOKEN} ${ADMIN_TOKEN}`,
      `Bearer ${ADMIN_TOKEN.toUpperCase()}`,
    ]) {
      assert.equal(errorCode(await post(STOP, { authorization })), 'UNAUTHENTICATED', authorization);
    }
    assert.equal(errorCode(await post(STOP)), 'UNAUTHENTICATED');
  });
});

describe('a foreign web page', () => {
  it('is refused, whatever it asks and however', async () => {
    const { post, call, mine, services } = await testServer();
    await mine();
    const taken: unknown[] = [];
    Object.assign(services.miner, { stop: () => taken.push('stop') });
    const origin = 'http://evil.example';
    const json = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` };
    const replies = [
      await post('mutation { stopMining { mining } }', { ...json, origin }),
      await post('mutation { stopMining { mining } }', { ...json, origin: 'null' }),
      // A page can hide its origin when it asks for an image or a script; the browser names it all the same.
      await call({ method: 'GET', path: '/graphql?query={nodeInfo{id}}', headers: { 'sec-fetch-site': 'cross-site' } }),
      await call({
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      }),
    ];
    for (const reply of replies) {
      assert.deepEqual([reply.status, errorCode(reply)], [403, 'FORBIDDEN_ORIGIN']);
      assert.match(reply.text, /--public-url or --allow-origin names/);
      assert.deepEqual(
        Object.keys(reply.headers).filter((name) => name.startsWith('access-control-')),
        [],
      );
    }
    assert.deepEqual(taken, []);
  });

  it('cannot send a body that needs no preflight', async () => {
    const { call, post } = await testServer();
    const body = JSON.stringify({ query: '{ nodeInfo { id } }' });
    assert.equal((await post('{ nodeInfo { id } }')).status, 200);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'] as const) {
      const reply = await call({ headers: { 'content-type': type }, body });
      assert.deepEqual([reply.status, errorCode(reply)], [415, 'UNSUPPORTED_MEDIA_TYPE'], type);
    }
    assert.equal((await call({ body })).status, 415);
  });

  it('may not frame, run or sniff an answer', async () => {
    const { post } = await testServer();
    const { headers } = await post('{ nodeInfo { id } }');
    assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  });
});

describe('a bad request', () => {
  it('gets JSON with a code', async () => {
    const { call, post } = await testServer();
    const json = { 'content-type': 'application/json' };
    const malformed = await call({ headers: json, body: '{"query":' });
    assert.equal(malformed.status, 400);
    assert.equal(errorCode(malformed), 'BAD_REQUEST');
    const empty = await call({ headers: json, body: '{}' });
    assert.deepEqual([empty.status, errorCode(empty)], [400, 'BAD_REQUEST']);
    const large = await call({ headers: { ...json, 'content-length': String(17 * 1024 * 1024) } });
    assert.deepEqual([large.status, errorCode(large)], [413, 'REQUEST_TOO_LARGE']);
    const missing = await call({ method: 'GET', path: '/chain' });
    assert.deepEqual([missing.status, errorCode(missing)], [404, 'NOT_FOUND']);
    const syntax = await post('{ chain { height }');
    assert.deepEqual([syntax.status, errorCode(syntax)], [400, 'GRAPHQL_PARSE_FAILED']);
    const costly = await post(
      '{ chain { blocks(first: 100) { nodes { transactions(first: 100) { nodes { proof { path } } } } } } }',
    );
    assert.deepEqual([costly.status, errorCode(costly)], [400, 'QUERY_TOO_EXPENSIVE']);
    const variable = await post('query ($h: Hash!) { block(hash: $h) { height } }', {}, { h: 'ab' });
    assert.deepEqual([variable.status, errorCode(variable)], [400, 'BAD_USER_INPUT']);
    const batch = await call({ headers: json, body: '[{"query":"{__typename}"}]' });
    assert.equal(batch.status, 400);
  });
});

describe('close', () => {
  const slow = () => {
    let finish: () => void = () => undefined;
    let begun: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (begun = resolve));
    const sync: Services['sync'] = {
      progress: () => ({ status: 'SYNCED', height: 0, targetHeight: 0, reason: undefined }),
      resolutionNeeded: () => false,
      resolve: () =>
        new Promise((_resolve, reject) => {
          finish = () => reject(new Error('ended'));
          begun();
        }),
    };
    return { sync, started, finish: () => finish() };
  };
  const RESOLVE = 'mutation { resolveConflicts { replaced } }';
  const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };

  it('waits for requests in flight', async () => {
    const { sync, started, finish } = slow();
    const { post, server } = await testServer({ sync });
    const inFlight = post(RESOLVE, admin);
    await started;
    const closing = server.close();
    const late = await post('{ nodeInfo { id } }').catch(() => undefined);
    assert.ok(late === undefined || late.status === 503, 'nothing new is begun');
    finish();
    assert.equal((await inFlight).status, 200);
    await closing;
  });

  it('does not wait longer than its bound', async () => {
    const { sync, started } = slow();
    const { post, server } = await testServer({ sync }, { closeTimeoutMs: 20 });
    const inFlight = assert.rejects(post(RESOLVE, admin));
    await started;
    await server.close();
    await inFlight;
  });

  it('does not wait for a connection that says nothing', async () => {
    const { server, url } = await testServer();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await server.close();
    await ended;
  });
});
