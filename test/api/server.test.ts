import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import type { Services } from '../../src/graphql/services.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { toHex } from '../../src/crypto/bytes.js';
import { encodeAddress } from '../../src/crypto/address.js';
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
    const headers = { 'apollo-require-preflight': 'true', accept: 'application/json' };
    const get = (query: string) =>
      call({ method: 'GET', path: `/graphql?query=${encodeURIComponent(query)}`, headers });
    assert.deepEqual(JSON.parse((await get('{chain{height}}')).text), { data: { chain: { height: 0 } } });
    assert.equal((await get('mutation{stopMining{mining}}')).status, 405);
  });

  it('answers GET /health', async () => {
    const { call, mine, snapshots } = await testServer();
    await mine();
    const reply = await call({ method: 'GET', path: '/health' });
    assert.deepEqual([reply.status, JSON.parse(reply.text)], [200, { status: 'ok', height: 1 }]);
    assert.equal(snapshots.open, 0);
  });

  it('gives every view of the chain back, after answers and errors alike', async () => {
    const { post, snapshots } = await testServer();
    await post('{ chain { height } }');
    await post('{ chain { height } block { hash } }');
    await post('{ chain { blocks(first: 1000) { totalCount } } }');
    await post('{ nothing }');
    assert.deepEqual(snapshots, { open: 0, taken: 3 });
  });

  it('knows the giver by the header corrente-node, if it is an id', async () => {
    const network = testNetwork();
    const givers: (string | undefined)[] = [];
    const transactions: Services['transactions'] = {
      submit: () => Promise.reject(new Error('expected a relayed transaction')),
      receive: (list, giver) => {
        givers.push(giver);
        return Promise.resolve(list.map((transaction) => ({ transaction, alreadyKnown: true, replaced: undefined })));
      },
      check: () => Promise.resolve(undefined),
      send: () => Promise.resolve({ code: 'WALLET_LOCKED', wrongPassphrase: false }),
    };
    const { post } = await testServer({ transactions });
    const signed = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 });
    const t = {
      sender: encodeAddress('cortest', signed.sender),
      recipient: encodeAddress('cortest', signed.recipient),
      amount: '1',
      nonce: '0',
      signature: toHex(signed.signature),
    };
    const query =
      'mutation ($t: SignedTransactionInput!) { receiveBroadcastTransaction(transaction: $t) { __typename } }';
    const id = 'cd'.repeat(32);
    await post(query, { 'corrente-node': id }, { t });
    await post(query, {}, { t });
    await post(query, { 'corrente-node': id.toUpperCase() }, { t });
    await post(query, { 'corrente-node': 'me' }, { t });
    assert.deepEqual(givers, [id, undefined, undefined, undefined]);
  });
});

describe('the admin token', () => {
  const STOP = 'mutation { stopMining { mining } }';

  it('opens admin operations, and nothing else does', async () => {
    const { post } = await testServer();
    assert.deepEqual(JSON.parse((await post(STOP, { authorization: `Bearer ${ADMIN_TOKEN}` })).text), {
      data: { stopMining: { mining: false } },
    });
    for (const authorization of [
      '',
      ADMIN_TOKEN,
      `Basic ${ADMIN_TOKEN}`,
      `Bearer ${ADMIN_TOKEN}0`,
      `Bearer ${ADMIN_TOKEN.slice(1)}`,
      'Bearer ',
    ]) {
      assert.equal(errorCode(await post(STOP, { authorization })), 'UNAUTHENTICATED', authorization);
    }
    assert.equal(errorCode(await post(STOP)), 'UNAUTHENTICATED');
  });
});

describe('a foreign web page', () => {
  it('gets no CORS header, whatever its origin', async () => {
    const { post, call } = await testServer();
    const origin = 'http://evil.example';
    const replies = [
      await post('{ nodeInfo { id } }', { origin }),
      await call({
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      }),
    ];
    for (const { headers } of replies) {
      assert.deepEqual(
        Object.keys(headers).filter((name) => name.startsWith('access-control-')),
        [],
      );
    }
    assert.equal(replies[1]!.status, 404);
  });

  it('cannot send a request that needs no preflight', async () => {
    const { call, post } = await testServer();
    const body = JSON.stringify({ query: '{ nodeInfo { id } }' });
    assert.equal((await post('{ nodeInfo { id } }')).status, 200);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'] as const) {
      const reply = await call({ headers: { 'content-type': type }, body });
      assert.ok(reply.status === 400 || reply.status === 415, `${type}: ${reply.status}`);
      assert.ok(errorCode(reply), type);
    }
    const get = await call({ method: 'GET', path: '/graphql?query={nodeInfo{id}}' });
    assert.equal(get.status, 400);
  });

  it('may not frame, run or sniff an answer', async () => {
    const { post } = await testServer();
    const { headers } = await post('{ nodeInfo { id } }');
    assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  });

  it('with a name of its own for this address is refused', async () => {
    const { call, url } = await testServer();
    const { port } = new URL(url);
    const status = async (host: string) => (await call({ method: 'GET', path: '/health', headers: { host } })).status;
    for (const host of ['localhost', `localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'LOCALHOST:1']) {
      assert.equal(await status(host), 200, host);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '0.0.0.0',
    ]) {
      assert.equal(await status(host), 403, host);
    }
    const reply = await call({ method: 'GET', path: '/health', headers: { host: 'evil.example' } });
    assert.equal(errorCode(reply), 'FORBIDDEN_HOST');
    assert.match(reply.text, /expected the host localhost, 127\.0\.0\.1 or \[::1\], got/);
  });

  it('of the public URL is allowed, and any where the node listens to all', async () => {
    const info = {
      id: 'ab'.repeat(32),
      version: '1',
      protocolVersion: 1,
      publicUrl: 'https://node.example/graphql',
      startedAt: 0,
    };
    const proxied = await testServer({ info });
    assert.equal(
      (await proxied.call({ method: 'GET', path: '/health', headers: { host: 'node.example' } })).status,
      200,
    );
    const open = await testServer({}, { host: '0.0.0.0' });
    assert.equal(
      (await open.call({ method: 'GET', path: '/health', headers: { host: 'anything.example' } })).status,
      200,
    );
  });
});

describe('a bad request', () => {
  it('gets JSON with a code', async () => {
    const { call, post } = await testServer();
    const json = { 'content-type': 'application/json' };
    const malformed = await call({ headers: json, body: '{"query":' });
    assert.equal(malformed.status, 400);
    assert.match(errorCode(malformed)!, /^FST_ERR_CTP_INVALID_JSON/);
    const empty = await call({ headers: json, body: '{}' });
    assert.deepEqual([empty.status, errorCode(empty)], [400, 'BAD_REQUEST']);
    const large = await call({ headers: { ...json, 'content-length': String(17 * 1024 * 1024) } });
    assert.deepEqual([large.status, errorCode(large)], [413, 'FST_ERR_CTP_BODY_TOO_LARGE']);
    const missing = await call({ method: 'GET', path: '/chain' });
    assert.deepEqual([missing.status, errorCode(missing)], [404, 'NOT_FOUND']);
    const syntax = await post('{ chain { height }');
    assert.deepEqual([syntax.status, errorCode(syntax)], [400, 'GRAPHQL_PARSE_FAILED']);
    const costly = await post(
      '{ chain { blocks(first: 100) { nodes { transactions(first: 100) { nodes { proof { path } } } } } } }',
    );
    assert.deepEqual([costly.status, errorCode(costly)], [400, 'BAD_USER_INPUT']);
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
      progress: () => ({ status: 'SYNCED', height: 0, targetHeight: 0 }),
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
