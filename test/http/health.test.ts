import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testServer } from '../api/testServer.js';

const ask = async (path: string, health: Parameters<typeof testServer>[2]) => {
  const { call } = await testServer({}, {}, health);
  const { status, text, headers } = await call({ method: 'GET', path });
  return { status, text, type: headers['content-type'] };
};

describe('the addresses for monitors', () => {
  const notReady = {
    readiness: () => ({
      height: 4,
      secondsSinceBlock: 9,
      reasons: [{ code: 'STORAGE_FULL', message: 'expected space, got none' }],
    }),
  };

  it('GET /readyz answers 200 while all is well, else 503 with every reason', async () => {
    const ready = await ask('/readyz', { readiness: () => ({ height: 4, secondsSinceBlock: 9, reasons: [] }) });
    assert.deepEqual([ready.status, JSON.parse(ready.text)], [200, { status: 'ready', height: 4 }]);
    const not = await ask('/readyz', notReady);
    const reasons = [{ code: 'STORAGE_FULL', message: 'expected space, got none' }];
    assert.deepEqual([not.status, JSON.parse(not.text)], [503, { status: 'not ready', height: 4, reasons }]);
  });

  it('GET /healthz and /health answer 200 as long as the process does, ready or not', async () => {
    const alive = await ask('/healthz', notReady);
    assert.deepEqual([alive.status, JSON.parse(alive.text)], [200, { status: 'ok' }]);
    const health = await ask('/health', notReady);
    assert.deepEqual(
      [health.status, JSON.parse(health.text)],
      [200, { status: 'ok', height: 4, secondsSinceBlock: 9 }],
    );
  });

  it('GET /health names the worst of what a user would see', async () => {
    const of = async (...codes: string[]) => {
      const reasons = codes.map((code) => ({ code, message: '' }));
      const { text } = await ask('/health', { readiness: () => ({ height: 4, secondsSinceBlock: 9, reasons }) });
      return (JSON.parse(text) as { status: string }).status;
    };
    assert.deepEqual(
      [await of('ISOLATED'), await of('ISOLATED', 'STANDSTILL'), await of('BEHIND'), await of('SYNCING')],
      ['isolated', 'standstill', 'behind', 'ok'],
    );
  });

  it('GET /metrics answers the text and its type', async () => {
    const { status, text, type } = await ask('/metrics', {});
    assert.deepEqual([status, text], [200, 'corrente_ready 1\n']);
    assert.match(type!, /^text\/plain; version=0\.0\.4/);
  });

  it('a request is reported by the route that it matched, never by a stranger’s text', async () => {
    const answered: [string, number][] = [];
    const note = (route: string, status: number) => void answered.push([route, status]);
    const { call, post } = await testServer({}, {}, { metrics: { answered: note } });
    await post('{ chain { height } }');
    await call({ method: 'GET', path: '/nobody/knows/me?x=1' });
    await call({ method: 'GET', path: '/health?y=2' });
    assert.deepEqual(answered, [
      ['/graphql', 200],
      ['other', 404],
      ['/health', 200],
    ]);
  });

  it('a foreign host is refused there, too', async () => {
    const { call } = await testServer();
    for (const path of ['/metrics', '/healthz', '/readyz']) {
      assert.equal((await call({ method: 'GET', path, headers: { host: 'evil.example' } })).status, 403);
    }
  });
});
