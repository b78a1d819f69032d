import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCode, INFO, testServer } from './testServer.js';

const PAGE = 'https://wallet.example';
const corsOf = (headers: object) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

describe('a page of an allowed origin', () => {
  it('threat foreign-page: is let through its preflight and its request, by POST, GET and as an event stream, never with credentials', async () => {
    const { call, post } = await testServer({}, { allowedOrigins: [PAGE] });
    for (const path of ['/graphql', '/graphql/stream']) {
      for (const method of ['POST', 'GET']) {
        const preflight = await call({
          method: 'OPTIONS',
          path,
          headers: {
            origin: PAGE,
            'access-control-request-method': method,
            'access-control-request-headers': 'authorization,content-type',
          },
        });
        assert.equal(preflight.status, 204);
        assert.deepEqual(corsOf(preflight.headers), {
          'access-control-allow-origin': PAGE,
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-headers': 'authorization,content-type',
          'access-control-max-age': '600',
        });
      }
    }
    const replies = [
      await post('{ chain { height } }', { origin: PAGE, 'sec-fetch-site': 'cross-site' }),
      await call({ method: 'GET', path: '/graphql?query={chain{height}}', headers: { origin: PAGE } }),
      // The page can read a refusal, too.
      await post('{ nothing }', { origin: PAGE }),
      await call({ method: 'GET', path: '/graphql/stream?query={chain{height}}', headers: { origin: PAGE } }),
    ];
    assert.deepEqual(
      replies.map(({ status }) => status),
      [200, 200, 400, 200],
    );
    for (const { headers } of replies) {
      assert.deepEqual(corsOf(headers), { 'access-control-allow-origin': PAGE });
      assert.equal(headers.vary, 'origin');
    }
  });

  it('differs from every other', async () => {
    const { post } = await testServer(
      { info: { ...INFO, publicUrl: 'https://node.example/ledger/graphql' } },
      { allowedOrigins: [PAGE] },
    );
    for (const origin of ['https://node.example', PAGE]) {
      assert.equal((await post('{ chain { height } }', { origin })).status, 200, origin);
    }
    for (const origin of [
      `${PAGE}.evil.example`,
      'http://wallet.example',
      `${PAGE}:444`,
      'https://evil.wallet.example',
      'null',
    ]) {
      const reply = await post('{ chain { height } }', { origin });
      assert.deepEqual([reply.status, errorCode(reply)], [403, 'FORBIDDEN_ORIGIN'], origin);
      assert.deepEqual(corsOf(reply.headers), {});
    }
  });

  it('needs no preflight where programs and this node’s own pages ask', async () => {
    const { call } = await testServer();
    const reply = await call({ method: 'OPTIONS' });
    assert.deepEqual([reply.status, reply.headers.allow, corsOf(reply.headers)], [204, 'GET, HEAD, POST, OPTIONS', {}]);
  });
});
