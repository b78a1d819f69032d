import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:https';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { createClient } from 'graphql-ws';
import { withoutOpenssl } from '../support/openssl.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import type { TlsFiles } from '../../src/http/tls.js';
import { testAuthority } from '../support/testAuthority.js';
import { startNodeProcess } from './tlsNode.js';
import { assertRefused } from './assertRefused.js';
import { answer, commandLines, corrente } from './corrente.js';
import { developmentAddress } from './developmentAddress.js';

const home = temporaryFolder();
const run = commandLines(home);
const authority = withoutOpenssl === false ? testAuthority() : undefined;
const env = { NODE_EXTRA_CA_CERTS: authority?.file ?? '' };
const startTlsNode = (pair: TlsFiles, args: readonly string[] = []) => startNodeProcess(authority!, pair, args);
const RELOADED = 'the TLS certificate was read again';

/** Asks over a connection of its own, or of the agent; rejects unless the answer is whole and right. */
function height(url: string, agent?: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ query: '{ chain { height } }' });
    const headers = { 'content-type': 'application/json' };
    const asked = request(url, { method: 'POST', headers, agent: agent ?? false, ca: readFileSync(authority!.file) });
    asked.on('error', reject).on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        resolve((JSON.parse(text) as { data: { chain: { height: number } } }).data.chain.height);
      });
    });
    asked.end(body);
  });
}

/** Serial number of the certificate that a new connection gets. */
function served(url: string): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: 'localhost', port: Number(port), ca: readFileSync(authority!.file) }, () => {
      resolve(socket.getPeerX509Certificate()!.serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const serialOf = (file: string) => new X509Certificate(readFileSync(file)).serialNumber;

describe('a node that speaks TLS of its own', { skip: withoutOpenssl }, () => {
  it('serves the command line, peers, WebSockets and event streams, and nobody over plain HTTP', async () => {
    const node = await startTlsNode(authority!.issue('node'));
    assert.match(node.url, /^https:\/\/127\.0\.0\.1:\d+\/graphql$/);
    const options = { home, env };
    const mined = await answer<object[]>(['mine', '2', '--node', node.url, '--data', node.data], options);
    assert.equal(mined.length, 2);
    const line = ['balance', developmentAddress(0), '--node', node.url];
    assert.equal((await answer<{ asOf: { height: number } }>(line, options)).asOf.height, 2);
    const stranger = await corrente(line, { home });
    assertRefused(stranger, 1, /got SELF_SIGNED_CERT_IN_CHAIN; .*NODE_EXTRA_CA_CERTS/);
    assertRefused(await corrente([...line.slice(0, 3), node.url.replace('https', 'http')], { home }), 1, /http:/);

    const peer = await startTlsNode(authority!.issue('peer'), ['--peer', node.url]);
    for (;;) if ((await height(peer.url)) === 2) break;

    const ca = readFileSync(authority!.file);
    class Trusting extends WebSocket {
      constructor(url: string, protocols: string | string[]) {
        super(url, protocols, { ca });
      }
    }
    const client = createClient({ url: node.url.replace('https', 'wss'), webSocketImpl: Trusting, retryAttempts: 0 });
    after(() => client.dispose());
    const events = client.iterate({ query: 'subscription { blockAdded(afterHeight: 1) { height } }' });
    const { value } = (await events.next()) as { value: { data: { blockAdded: { height: number } } } };
    assert.equal(value.data.blockAdded.height, 2);
    await events.return?.();

    const query = encodeURIComponent('subscription { blockAdded(afterHeight: 1) { height } }');
    const streamed = await new Promise<string>((resolve, reject) => {
      const headers = { accept: 'text/event-stream' };
      const asked = request(`${node.url}/stream?query=${query}`, { headers, ca }, (response) =>
        response.on('data', (chunk: Buffer) => {
          if (!chunk.includes('height')) return;
          resolve(chunk.toString());
          asked.destroy();
        }),
      );
      asked.on('error', reject).end();
    });
    assert.match(streamed, /"height":2/);

    const seen: string[] = [];
    const watching = corrente(['watch', '--json', '--node', node.url], {
      ...options,
      heard: (stdout, child) => {
        if (!stdout.includes('"block"')) return;
        seen.push(stdout);
        child.kill('SIGTERM');
      },
    });
    while (seen.length === 0) await answer<object[]>(['mine', '--node', node.url, '--data', node.data], options);
    const watched = await watching;
    assert.deepEqual([watched.code, watched.stderr], [0, '']);
  });

  it('takes a new certificate on SIGHUP, under load and without a failed request', async () => {
    const pair = authority!.issue('renewed');
    const node = await startTlsNode(pair);
    const first = serialOf(pair.cert);
    assert.equal(await served(node.url), first);
    const kept = new Agent({ keepAlive: true, ca: readFileSync(authority!.file) });
    after(() => kept.destroy());
    let loading = true;
    let answered = 0;
    const ask = async (agent?: Agent): Promise<void> => {
      while (loading) {
        await height(node.url, agent);
        answered++;
      }
    };
    const load = Promise.all([ask(), ask(), ask(kept), ask(kept)]);
    for (let round = 1; round <= 3; round++) {
      authority!.issue('renewed');
      const reloaded = node.logged(RELOADED);
      node.child.kill('SIGHUP');
      await reloaded;
      assert.equal(await served(node.url), serialOf(pair.cert));
      const before = answered;
      while (answered < before + 20) await height(node.url);
    }
    loading = false;
    await load;
    assert.notEqual(serialOf(pair.cert), first);
  });

  it('keeps its certificate where the new one cannot be used', async () => {
    const pair = authority!.issue('kept');
    const node = await startTlsNode(pair);
    const first = serialOf(pair.cert);
    copyFileSync(authority!.issue('other').key, pair.key);
    const refused = node.logged('the TLS certificate stays as it was');
    node.child.kill('SIGHUP');
    await refused;
    assert.equal(await served(node.url), first);
  });

  it('threat shared-tls-key: a key that others can read is refused, and so is a pair that is none', async () => {
    const [good, other] = [authority!.issue('good'), authority!.issue('bad')];
    const start = (cert: string, key: string) =>
      corrente(['node', '--port', '0', '--data', temporaryFolder(), '--tls-cert', cert, '--tls-key', key], { home });
    assertRefused(
      await start(good.cert, other.key),
      1,
      /good\.pem: expected a certificate in PEM that .*bad\.key is the/,
    );
    assertRefused(await start(join(home, 'gone'), good.key), 1, /gone: no such file or folder/);
    chmodSync(good.key, 0o640);
    assertRefused(
      await start(good.cert, good.key),
      1,
      /good\.key: expected a file that only its owner.*mode 0640.*chmod 600/,
    );
    writeFileSync(good.cert, 'no certificate');
    assertRefused(await start(good.cert, other.key), 1, /good\.pem: expected a certificate in PEM/);
  });

  it('threat page-without-tls: a page that came over plain HTTP may not call it', async () => {
    const node = await startTlsNode(authority!.issue('origins'));
    const ca = readFileSync(authority!.file);
    const status = (origin: string) =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json', origin };
        const asked = request(node.url, { method: 'POST', headers, ca }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on('error', reject).end('{"query":"{ chain { height } }"}');
      });
    const { origin } = new URL(node.url);
    assert.deepEqual([await status(origin), await status(origin.replace('https', 'http'))], [200, 403]);
  });
});

it('--tls-cert and --tls-key come together', async () => {
  assertRefused(
    await run(['node', '--tls-cert', 'a.pem']),
    2,
    /expected --tls-key beside --tls-cert, got one of the two/,
  );
  assertRefused(await run(['node', '--tls-key', 'a.key']), 2, /expected --tls-cert beside --tls-key/);
});
