import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCode, testServer } from '../api/testServer.js';

const QUERY = JSON.stringify({ query: '{ chain { height } }' });
const corsOf = (headers: object) => Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('a page that the browser of a user shows', () => {
  it('threat simple-post: cannot send an operation as one of the types that need no preflight', async () => {
    const { call } = await testServer();
    assert.equal((await call({ headers: { 'content-type': 'application/json' }, body: QUERY })).status, 200);
    for (const type of [
      'text/plain',
      'text/plain; application/json',
      'text/plain;charset=application/json',
      'TEXT/PLAIN',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'application/json-patch+json',
      '*/*',
      '',
      'application/graphql',
    ]) {
      for (const path of ['/graphql', '/graphql/stream']) {
        const reply = await call({ path, headers: { 'content-type': type }, body: QUERY });
        assert.ok([400, 415].includes(reply.status), `${path} ${type}: ${reply.status}`);
        assert.doesNotMatch(reply.text, /"height"/, `${path} ${type}`);
      }
    }
    assert.equal((await call({ body: QUERY })).status, 415);
  });

  it('threat get-mutation: changes nothing by an address that it links to, in whatever method', async () => {
    const { call } = await testServer();
    const mutation = encodeURIComponent('mutation { stopMining { mining } }');
    for (const path of [`/graphql?query=${mutation}`, `/graphql/stream?query=${mutation}`]) {
      // An event stream has its refusal in an event.
      assert.match((await call({ method: 'GET', path })).text, /"code":"(METHOD_NOT_ALLOWED|BAD_USER_INPUT)"/, path);
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        assert.doesNotMatch((await call({ method, path })).text, /"mining"/, `${method} ${path}`);
      }
    }
  });

  it('threat origin-spelling: is foreign however its origin is spelled, in a preflight and without one', async () => {
    const { call, url } = await testServer({}, { allowedOrigins: ['https://wallet.example'] });
    const { port } = new URL(url);
    for (const origin of [
      'https://wallet.example.evil.example',
      'https://wallet.example@evil.example',
      'https://evil.example/https://wallet.example',
      'https://wallet.example/',
      'https://wallet.example:8443',
      'https://wallet.example, https://evil.example',
      'http://wallet.example',
      'https://xwallet.example',
      'https://wallet.example%00.evil.example',
      'null',
      'file://',
      `http://127.0.0.1.evil.example:${port}`,
      `http://localhost.evil.example:${port}`,
      `http://127.0.0.1:${Number(port) + 1}`,
    ]) {
      const headers = { origin, 'content-type': 'application/json' };
      const reply = await call({ headers, body: QUERY });
      assert.deepEqual([reply.status, errorCode(reply)], [403, 'FORBIDDEN_ORIGIN'], origin);
      const preflight = await call({
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      });
      assert.deepEqual([...corsOf(reply.headers), ...corsOf(preflight.headers)], [], origin);
    }
  });

  it('threat host-spelling: reaches the node under no name of its author’s, however that is spelled', async () => {
    const { call, url } = await testServer();
    const { port } = new URL(url);
    for (const host of [
      'evil.example',
      'EVIL.example.',
      `evil.example:${port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '127.0.0.1@evil.example',
      'evil.example#127.0.0.1',
      'evil.example/127.0.0.1',
      'evil.example?127.0.0.1',
      'localhost\\.evil.example',
      'xn--127-0-0-1.example',
      '127.0.0.1, evil.example',
      'evil.example 127.0.0.1',
      '[::1].evil.example',
      '127.0.0.1:4000:evil.example',
      'nip.127.0.0.1.nip.io',
    ]) {
      const reply = await call({ headers: { host, 'content-type': 'application/json' }, body: QUERY });
      assert.ok([400, 403].includes(reply.status), `${host}: ${reply.status}`);
      assert.doesNotMatch(reply.text, /"height"/, host);
    }
  });
});
