import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import type { ServerOptions } from '../../src/http/server.js';
import { errorCode, INFO, testServer } from './testServer.js';

const PUBLIC = { info: { ...INFO, publicUrl: 'https://Node.Example:8443/ledger/graphql' } };

async function serverAt(options: Partial<ServerOptions>, overrides = {}) {
  const { call, url } = await testServer(overrides, options);
  const health = (host: string) => call({ method: 'GET', path: '/health', headers: { host } });
  return { url, health, status: async (host: string) => (await health(host)).status };
}

const FOREIGN = ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.local.example', 'a.b'];

describe('a node that listens for this machine alone', () => {
  for (const host of ['127.0.0.1', 'localhost', 'LOCALHOST', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    it(`answers to its own names only, whatever address it listens on: ${host}`, async () => {
      const { url, status, health } = await serverAt({ host });
      const { port } = new URL(url);
      for (const own of [
        'localhost',
        `localhost:${port}`,
        `127.0.0.1:${port}`,
        '127.9.9.9',
        `[::1]:${port}`,
        'LOCALHOST:1',
      ]) {
        assert.equal(await status(own), 200, own);
      }
      for (const foreign of [...FOREIGN, `evil.example:${port}`, '0.0.0.0', '192.0.2.1', 'node.local']) {
        assert.equal(await status(foreign), 403, foreign);
      }
      const reply = await health('evil.example');
      assert.equal(errorCode(reply), 'FORBIDDEN_HOST');
      assert.match(
        reply.text,
        /expected the host localhost, 127\.0\.0\.1 or \[::1\] or one that --public-url or --allow-host names/,
      );
    });
  }

  it('is called by the host of its public URL, by those allowed and by its machine’s name as well', async () => {
    const { status } = await serverAt({ allowedHosts: ['Ledger.example.com', '192.0.2.7'] }, PUBLIC);
    for (const own of ['node.example', 'node.example:8443', 'ledger.example.com:80', '192.0.2.7', hostname()]) {
      assert.equal(await status(own), 200, own);
    }
    for (const foreign of FOREIGN) assert.equal(await status(foreign), 403, foreign);
  });
});

describe('a node that listens for others', () => {
  it('threat dns-rebinding: is called by addresses, local names and its own, and by no name that a stranger can own', async () => {
    const { status, health } = await serverAt({ host: '0.0.0.0', allowedHosts: ['ledger.example.com'] }, PUBLIC);
    for (const own of [
      '127.0.0.1:4000',
      '192.0.2.1',
      '[2001:db8::1]:4000',
      'localhost',
      'node1',
      'corrente_node1:4000',
      'node1.local',
      'node1.corrente.svc.cluster.local',
      hostname(),
      'node.example:8443',
      'ledger.example.com',
    ]) {
      assert.equal(await status(own), 200, own);
    }
    for (const foreign of FOREIGN) assert.equal(await status(foreign), 403, foreign);
    assert.match((await health('evil.example')).text, /--public-url or --allow-host names, got \\"evil\.example\\"/);
  });
});
