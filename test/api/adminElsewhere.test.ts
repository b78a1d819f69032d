import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { createToken, revokeToken } from '../../src/http/adminToken.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { socketClient } from './streamClients.js';
import { ADMIN_TOKEN, errorCode, testServer } from './testServer.js';

const STOP = 'mutation { stopMining { mining } }';
const JSON_TYPE = { 'content-type': 'application/json' };

/** A WebSocket of a page elsewhere that has the token. */
function foreignSocket(authorization: string) {
  return class extends WebSocket {
    constructor(address: string, protocols: string | string[]) {
      super(address, protocols, { headers: { authorization, origin: 'https://evil.example' } });
    }
  };
}

/** A server that counts how often its miner was stopped, which only the operator may do. */
async function guarded(options = {}) {
  const stopped: string[] = [];
  const parts = await testServer(
    {
      miner: {
        isMining: () => false,
        start: () => undefined,
        stop: () => void stopped.push('stop'),
        mineBlocks: () => Promise.resolve([]),
      },
    },
    options,
  );
  return { ...parts, stopped };
}

describe('an admin operation', () => {
  it('threat admin-without-token: is refused without the token, with another, and with the right one in any other place', async () => {
    const tokenFolder = temporaryFolder();
    const { call, post, stopped } = await guarded({ tokenFolder });
    const revoked = (await createToken(tokenFolder, 'old', ['all']))!;
    await revokeToken(tokenFolder, 'old');
    const basic = Buffer.from(`admin:${ADMIN_TOKEN}`).toString('base64');
    for (const headers of [
      {},
      { authorization: `Bearer ${revoked}` },
      { authorization: `Bearer ${'0'.repeat(64)}` },
      { authorization: `Bearer ${ADMIN_TOKEN.toUpperCase()}` },
      { authorization: `Bearer ${ADMIN_TOKEN} ${ADMIN_TOKEN}` },
      { authorization: ADMIN_TOKEN },
      { authorization: `Basic ${basic}` },
      { 'proxy-authorization': `Bearer ${ADMIN_TOKEN}` },
      { 'x-forwarded-authorization': `Bearer ${ADMIN_TOKEN}` },
      { cookie: `authorization=Bearer ${ADMIN_TOKEN}; token=${ADMIN_TOKEN}` },
    ] as Record<string, string>[]) {
      const reply = await post(STOP, headers);
      assert.equal(errorCode(reply), 'UNAUTHENTICATED', JSON.stringify(headers));
    }
    for (const query of [
      `token=${ADMIN_TOKEN}`,
      `authorization=Bearer%20${ADMIN_TOKEN}`,
      `access_token=${ADMIN_TOKEN}`,
    ]) {
      const reply = await call({
        path: `/graphql?${query}`,
        headers: JSON_TYPE,
        body: JSON.stringify({ query: STOP }),
      });
      assert.equal(errorCode(reply), 'UNAUTHENTICATED', query);
    }
    const extensions = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const inBody = await call({ headers: JSON_TYPE, body: JSON.stringify({ query: STOP, extensions }) });
    assert.equal(errorCode(inBody), 'UNAUTHENTICATED');
    assert.deepEqual(stopped, []);
    assert.equal(errorCode(await post(STOP, { authorization: `Bearer ${ADMIN_TOKEN}` })), undefined);
    assert.deepEqual(stopped, ['stop']);
  });

  it('threat admin-from-elsewhere: is refused with the token, too, from a foreign page, under a foreign name, by GET and by event stream', async () => {
    const { call, url, stopped } = await guarded();
    const authorization = `Bearer ${ADMIN_TOKEN}`;
    const body = JSON.stringify({ query: STOP });
    const ask = (headers: Record<string, string>) =>
      call({ headers: { ...JSON_TYPE, authorization, ...headers }, body });
    for (const [headers, code] of [
      [{ origin: 'https://evil.example' }, 'FORBIDDEN_ORIGIN'],
      [{ origin: 'null' }, 'FORBIDDEN_ORIGIN'],
      [{ 'sec-fetch-site': 'cross-site' }, 'FORBIDDEN_ORIGIN'],
      [{ 'sec-fetch-site': 'same-site' }, 'FORBIDDEN_ORIGIN'],
      [{ host: 'evil.example' }, 'FORBIDDEN_HOST'],
      [{ 'content-type': 'text/plain' }, 'UNSUPPORTED_MEDIA_TYPE'],
      [{ 'content-type': 'application/x-www-form-urlencoded' }, 'UNSUPPORTED_MEDIA_TYPE'],
    ] as [Record<string, string>, string][]) {
      assert.equal(errorCode(await ask(headers)), code, JSON.stringify(headers));
    }
    const query = encodeURIComponent(STOP);
    const byGet = await call({ method: 'GET', path: `/graphql?query=${query}`, headers: { authorization } });
    assert.equal(byGet.status, 405);
    const streamed = await call({ method: 'GET', path: `/graphql/stream?query=${query}`, headers: { authorization } });
    assert.match(streamed.text, /"errors"/);
    const page = socketClient(url, { webSocketImpl: foreignSocket(authorization) });
    await assert.rejects(page.iterate({ query: STOP }).next());
    assert.deepEqual(stopped, []);
    assert.equal((await ask({})).status, 200);
    assert.deepEqual(stopped, ['stop']);
  });
});
