import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { fromHex } from '../../src/crypto/bytes.js';
import { generateKeyPair } from '../../src/crypto/ed25519.js';
import { localSigner } from '../../src/wallet/signer.js';
import { sealedHeaders } from '../support/envelope.js';
import { INFO, testServer } from '../api/testServer.js';
import { withoutPages } from '../support/builtPages.js';
import { freePort } from '../support/freePort.js';
import { eventually } from '../support/node.js';
import { withoutOpenssl } from '../support/openssl.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path));
const skip =
  (NGINX === undefined && 'nginx is not installed: apt-get install nginx') ||
  withoutPages('explorer', 'ide', 'playground') ||
  withoutOpenssl;
const HOST = 'ledger.example.com';

/** The block that docs/operations.md shows, for a path, ports and a certificate of this test. */
function documented(path: string, from: number, to: number, folder: string): string {
  const page = readFileSync('docs/operations.md', 'utf8');
  const block = /```nginx\n([^]*?)```/.exec(page)?.[1];
  assert.ok(block, 'expected an nginx block in docs/operations.md');
  const replaced: [string, string][] = [
    ['listen 443 ssl', `listen 127.0.0.1:${from} ssl`],
    ['/etc/ssl/ledger.example.com', join(folder, 'certificate')],
    ['127.0.0.1:4000', `127.0.0.1:${to}`],
    ...(path === '/'
      ? []
      : ([
          ['location / {', `location ${path} {`],
          ['= /metrics', `= ${path}metrics`],
        ] as [string, string][])),
  ];
  return replaced.reduce((text, [of, by]) => {
    assert.ok(text.includes(of), `expected ${of} in the block`);
    return text.replaceAll(of, by);
  }, block);
}

/** Runs nginx as documented before a node, until the test file has ended. */
async function proxied(path: string) {
  const folder = temporaryFolder();
  const from = await freePort();
  const publicUrl = `https://${HOST}:${from}${path}graphql`;
  const { url } = await testServer({ info: { ...INFO, publicUrl } });
  mkdirSync(join(folder, 'logs'));
  const [pem, key] = [join(folder, 'certificate.pem'), join(folder, 'certificate.key')];
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, '-keyout', key, '-out', pem],
    {
      stdio: 'ignore',
    },
  );
  const file = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr warn; events {}
     http { access_log off; ${temporary.join(' ')}\n${documented(path, from, Number(new URL(url).port), folder)}\n}`,
  );
  const nginx: ChildProcess = spawn(NGINX!, ['-p', folder, '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  nginx.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  after(() => nginx.kill('SIGKILL'));
  const ca = readFileSync(pem);
  const agent = new Agent({ ca, keepAlive: false });
  after(() => agent.destroy());
  const lookup: RequestOptions['lookup'] = (_name, options, done) =>
    options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
  const root = `https://${HOST}:${from}${path}`;
  const open = (to: string, options: RequestOptions = {}, body?: string | Buffer): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      httpsRequest(new URL(to, root), { agent, lookup, ...options }, resolve)
        .on('error', reject)
        .end(body);
    });
  const fetchText = async (to: string, options: RequestOptions = {}, body?: string | Buffer) => {
    const response = await open(to, options, body);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return { status: response.statusCode!, text };
  };
  await eventually(
    () => fetchText('health').catch((error: unknown) => ({ status: 0, text: `${String(error)} ${said}` })),
    ({ status, text }) => {
      assert.equal(nginx.exitCode, null, said);
      return status === 200 || (status === 0 ? false : assert.fail(text));
    },
  );
  const webSocket = (origin: string) =>
    new Promise<number>((resolve, reject) => {
      const socket = new WebSocket(new URL('graphql', root).href.replace('https:', 'wss:'), 'graphql-transport-ws', {
        ca,
        lookup,
        origin,
      });
      socket.on('open', () => {
        resolve(101);
        socket.terminate();
      });
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode!);
        response.destroy();
      });
      socket.on('error', reject);
    });
  return { root, open, fetchText, webSocket };
}

for (const path of ['/', '/ledger/']) {
  describe(`nginx, as documented, before a node at ${path}`, { skip }, () => {
    it('lets pages, requests, WebSockets and event streams through', async () => {
      const { root, open, fetchText, webSocket } = await proxied(path);
      const json = { method: 'POST', headers: { 'content-type': 'application/json', origin: new URL(root).origin } };
      const answer = await fetchText('graphql', json, '{"query":"{ chain { height } }"}');
      assert.deepEqual([answer.status, JSON.parse(answer.text)], [200, { data: { chain: { height: 0 } } }]);
      assert.equal((await fetchText('metrics')).status, 404);

      // 12 MiB, as a block of a node can be: its envelope comes through, and the node reads it whole.
      const large = JSON.stringify({
        query: '{ chain { height } }',
        variables: { unused: 'x'.repeat(12 * 1024 * 1024) },
      });
      const self = await fetchText('graphql', json, '{"query":"{ nodeInfo { id chainId } }"}');
      const { id, chainId } = (JSON.parse(self.text) as { data: { nodeInfo: Record<'id' | 'chainId', string> } }).data
        .nodeInfo;
      const key = localSigner(generateKeyPair());
      const sealed = await sealedHeaders(large, { key, receiver: id, chainId: fromHex(chainId) });
      const signed = { ...json, headers: { ...json.headers, ...sealed } };
      assert.equal((await fetchText('graphql', signed, large)).status, 200);

      assert.equal(await webSocket(new URL(root).origin), 101);
      assert.equal(await webSocket('https://evil.example'), 403);

      const stream = await open('graphql/stream?query=subscription{blockAdded(afterHeight:-1){height}}', {
        headers: { accept: 'text/event-stream' },
      });
      let text = '';
      for await (const chunk of stream.setEncoding('utf8')) {
        text += String(chunk);
        if (text.includes('data:')) break;
      }
      assert.match(text, /data: \{"data":\{"blockAdded":\{"height":0\}\}\}/);
    });

    it('lets every page and its files through', async () => {
      const { fetchText, root } = await proxied(path);
      for (const page of ['', 'block/1', 'account/x', 'graphql', 'playground']) {
        const { status, text } = await fetchText(page, { headers: { accept: 'text/html' } });
        assert.equal(status, 200, page);
        const loaded = [...text.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^"]+)"/g)].map(([, to]) => to!);
        assert.ok(loaded.length > 0, `${page} loads something`);
        for (const to of loaded.filter((link) => !link.startsWith('data:'))) {
          const address = new URL(to, new URL(page, root)).href;
          assert.equal((await fetchText(address)).status, 200, `${page}: ${to}`);
        }
      }
    });
  });
}
