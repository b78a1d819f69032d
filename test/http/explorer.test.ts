import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { registerExplorer } from '../../src/http/pages.js';
import { answerErrors } from '../../src/http/refusal.js';
import { pageFile, withoutPages } from '../support/builtPages.js';
import { startTestNode } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const PAGE = '<!doctype html><title>the page</title>';
const SCRIPT = 'export {};';
const NAME = '/explorer/assets/index-0a1b2c3d.js';

function builtExplorer(): URL {
  const folder = temporaryFolder();
  mkdirSync(`${folder}/assets`);
  writeFileSync(`${folder}/index.html`, PAGE);
  writeFileSync(`${folder}/assets/index-0a1b2c3d.js`, SCRIPT);
  writeFileSync(`${folder}/assets/index-0a1b2c3d.js.br`, brotliCompressSync(SCRIPT));
  return pathToFileURL(`${folder}/`);
}

async function host(folder: URL): Promise<FastifyInstance> {
  const app = Fastify();
  answerErrors(app);
  await registerExplorer(app, folder);
  return app;
}

describe('the page of the explorer', () => {
  it('answers at every view, under a policy that loads from this node only', async () => {
    const app = await host(builtExplorer());
    const views = ['/', '/?from=bookmark', '/blocks', '/block/7', '/transaction/00ff', '/account/cor1', '/mempool'];
    for (const url of [...views, '/transactions', '/accounts', '/network', '/send', '/operator']) {
      const reply = await app.inject({ url });
      assert.deepEqual([reply.statusCode, reply.body], [200, PAGE], url);
      assert.match(String(reply.headers['content-type']), /^text\/html/);
      assert.equal(reply.headers['cache-control'], 'no-cache');
      const policy = String(reply.headers['content-security-policy']);
      assert.match(policy, /^default-src 'none'; script-src 'self'; .*; style-src 'self'$/);
      assert.doesNotMatch(policy, /https?:|\*|unsafe/);
    }
  });

  it('names its files relative to the path that is asked for, whatever a proxy has before it', async () => {
    const folder = builtExplorer();
    writeFileSync(new URL('index.html', folder), '<script src="./explorer/assets/a.js"></script>');
    const app = await host(folder);
    const headers = { accept: 'text/html' };
    const cases = [
      ['/', './'],
      ['/?from=a/b/c', './'],
      ['/blocks', './'],
      ['/block/7', '../'],
      ['/nothing/at/all', '../../'],
    ] as const;
    for (const [url, up] of cases) {
      const { body } = await app.inject({ url, headers });
      assert.equal(body, `<script src="${up}explorer/assets/a.js"></script>`, url);
    }
  });

  it('comes with 404 to a browser, and only to a browser, if a path names no view', async () => {
    const app = await host(builtExplorer());
    for (const url of ['/blocks/7', '/block', '/index.html', '/explorer/', '/explorer/index.html']) {
      const program = await app.inject({ url });
      assert.deepEqual([program.statusCode, program.body === PAGE], [404, false], url);
      const browser = await app.inject({ url, headers: { accept: 'text/html,*/*;q=0.8' } });
      assert.deepEqual([browser.statusCode, browser.body], [404, PAGE], url);
    }
  });

  it('says how to build it where it is missing', async () => {
    const app = await host(pathToFileURL(`${temporaryFolder()}/nothing/`));
    const reply = await app.inject({ url: '/' });
    assert.equal(reply.statusCode, 501);
    assert.match(String(reply.headers['content-type']), /^text\/plain/);
    assert.match(reply.body, /npm run build/);
  });

  it('takes nothing from the API of a whole node', async () => {
    const node = await startTestNode();
    assert.deepEqual(await node.ask('{ chain { height } }'), { chain: { height: 0 } });
    const reply = await fetch(new URL('/nothing', node.url));
    assert.equal(reply.status, 404);
    assert.match(String(reply.headers.get('content-security-policy')), /^default-src 'none'; frame-ancestors/);
  });
});

describe('a file of the explorer', () => {
  it('is sent as it was compressed, and kept by the browser for good', async () => {
    const app = await host(builtExplorer());
    const plain = await app.inject({ url: NAME });
    assert.deepEqual([plain.statusCode, plain.body], [200, SCRIPT]);
    const reply = await app.inject({ url: NAME, headers: { 'accept-encoding': 'gzip, deflate, br' } });
    assert.equal(reply.headers['content-encoding'], 'br');
    assert.equal(brotliDecompressSync(reply.rawPayload).toString(), SCRIPT);
    for (const { headers } of [plain, reply]) {
      assert.match(String(headers['content-type']), /javascript/);
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
      assert.equal(headers['vary'], 'accept-encoding');
    }
  });

  it('is refused with the status of HTTP where a range or a condition cannot be met', async () => {
    const app = await host(builtExplorer());
    for (const [headers, status] of [
      [{ range: 'bytes=99999-' }, 416],
      [{ 'if-match': '"another"' }, 412],
    ] as const) {
      const reply = await app.inject({ url: NAME, headers });
      assert.equal(reply.statusCode, status, reply.body);
      assert.doesNotMatch(reply.body, /expected a body/);
    }
  });

  it('is in the folder of assets, and in no other', async () => {
    const app = await host(builtExplorer());
    assert.equal((await app.inject({ url: NAME })).statusCode, 200);
    for (const url of ['/explorer/assets/../index.html', '/explorer/assets/..%2findex.html', '/explorer/assets/']) {
      assert.notEqual((await app.inject({ url })).statusCode, 200, url);
    }
  });
});

describe('the built explorer', () => {
  it('names no file of another host', { skip: withoutPages('explorer') }, () => {
    const page = readFileSync(pageFile('explorer'), 'utf8');
    const references = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, reference]) => reference!);
    assert.ok(
      references.some((reference) => reference.endsWith('.js')),
      page,
    );
    assert.deepEqual(
      references.filter((reference) => !reference.startsWith('./explorer/assets/')),
      [],
    );
    assert.doesNotMatch(page, /style=|<style|<script(?![^>]* src=)/);
  });
});
