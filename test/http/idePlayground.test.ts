import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import Fastify, { type FastifyInstance } from 'fastify';
import { registerPlayground } from '../../src/http/pages.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const PAGE = '<!doctype html><title>the page</title>';

async function host(): Promise<FastifyInstance> {
  const folder = temporaryFolder();
  mkdirSync(`${folder}/assets`);
  writeFileSync(`${folder}/index.html`, PAGE);
  writeFileSync(`${folder}/assets/start.js`, 'start();');
  const app = Fastify();
  await registerPlayground(app, pathToFileURL(`${folder}/`));
  return app;
}

describe('a browser at GET /playground', () => {
  it('gets the page, with a policy that loads from this node only', async () => {
    const reply = await (await host()).inject({ url: '/playground' });
    assert.deepEqual([reply.statusCode, reply.body], [200, PAGE]);
    const policy = String(reply.headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; script-src 'self'; /);
    assert.doesNotMatch(policy, /https?:|\*|unsafe-eval/);
  });

  it('gets instructions to build it if it is missing', async () => {
    const app = Fastify();
    await registerPlayground(app, pathToFileURL(`${temporaryFolder()}/nothing/`));
    const reply = await app.inject({ url: '/playground' });
    assert.equal(reply.statusCode, 501);
    assert.match(reply.body, /npm run build/);
  });
});

describe('a file of the playground', () => {
  it('is asked for again each time, and is in the folder of assets', async () => {
    const app = await host();
    const reply = await app.inject({ url: '/playground/assets/start.js' });
    assert.deepEqual([reply.statusCode, reply.body], [200, 'start();']);
    assert.equal(reply.headers['cache-control'], 'public, max-age=0');
    const { etag } = reply.headers;
    const again = { url: '/playground/assets/start.js', headers: { 'if-none-match': etag } };
    assert.equal((await app.inject(again)).statusCode, 304);
    for (const url of [
      '/playground/assets/../index.html',
      '/playground/assets/..%2findex.html',
      '/playground/assets/',
    ]) {
      assert.notEqual((await app.inject({ url })).statusCode, 200, url);
    }
  });
});
