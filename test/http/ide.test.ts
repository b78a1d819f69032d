import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import Fastify, { type FastifyInstance } from 'fastify';
import { registerIde } from '../../src/http/pages.js';
import { pageFile, withoutPages } from '../support/builtPages.js';
import { startTestNode } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const HTML = 'text/html,application/xhtml+xml,*/*;q=0.8';
const PAGE = '<!doctype html><title>the page</title>';
const POLICY = /^default-src 'none'; script-src 'self'; /;

function builtIde(): URL {
  const folder = temporaryFolder();
  mkdirSync(`${folder}/assets`);
  writeFileSync(`${folder}/index.html`, PAGE);
  writeFileSync(`${folder}/assets/main-0a1b2c3d.js`, 'export {};');
  return pathToFileURL(`${folder}/`);
}

/** An API that answers everything at /graphql, behind the IDE. */
async function host(folder: URL): Promise<FastifyInstance> {
  const app = Fastify();
  await registerIde(app, folder);
  app.route({ method: ['GET', 'POST'], url: '/graphql', handler: () => ({ data: null }) });
  return app;
}

describe('a browser at GET /graphql', () => {
  it('gets the page of the IDE, with a policy that loads from this node only', async () => {
    const app = await host(builtIde());
    for (const url of ['/graphql', '/graphql?', '/graphql?from=bookmark']) {
      const reply = await app.inject({ url, headers: { accept: HTML } });
      assert.deepEqual([reply.statusCode, reply.body], [200, PAGE]);
      assert.match(String(reply.headers['content-type']), /^text\/html/);
      assert.match(String(reply.headers['content-security-policy']), POLICY);
      assert.doesNotMatch(String(reply.headers['content-security-policy']), /https?:|\*|unsafe-eval/);
      assert.deepEqual([reply.headers['cache-control'], reply.headers['vary']], ['no-cache', 'accept']);
    }
  });

  it('gets instructions to build the IDE if it is missing', async () => {
    const app = await host(pathToFileURL(`${temporaryFolder()}/nothing/`));
    const reply = await app.inject({ url: '/graphql', headers: { accept: HTML } });
    assert.equal(reply.statusCode, 501);
    assert.match(String(reply.headers['content-type']), /^text\/plain/);
    assert.match(reply.body, /npm run build/);
    assert.deepEqual((await app.inject({ method: 'POST', url: '/graphql' })).json(), { data: null });
  });
});

describe('a request that is no page view', () => {
  it('goes on to the API', async () => {
    const app = await host(builtIde());
    for (const request of [
      { method: 'GET', url: '/graphql', headers: {} },
      { method: 'GET', url: '/graphql', headers: { accept: '*/*' } },
      { method: 'GET', url: '/graphql?query={chain{height}}', headers: { accept: 'application/json' } },
      { method: 'GET', url: '/graphql?query={chain{height}}', headers: { accept: HTML } },
      { method: 'GET', url: '/graphql', headers: { accept: 'application/json, text/html;q=0.5' } },
      { method: 'POST', url: '/graphql', headers: { accept: HTML } },
    ] as const) {
      const reply = await app.inject(request);
      assert.deepEqual([reply.statusCode, reply.json()], [200, { data: null }], JSON.stringify(request));
      assert.equal(reply.headers['content-security-policy'], undefined);
    }
    const elsewhere = await app.inject({ url: '/graphqlish', headers: { accept: HTML } });
    assert.equal(elsewhere.statusCode, 404);
  });
});

describe('a query by GET to a whole node', () => {
  it('is answered by the API, under a policy that lets a browser load nothing', async () => {
    const { url } = await startTestNode();
    // Apollo answers a GET only with a header that no foreign page can send.
    const headers = { accept: 'application/json', 'apollo-require-preflight': '1' };
    const reply = await fetch(`${url}?query={chain{height}}`, { headers });
    assert.deepEqual(await reply.json(), { data: { chain: { height: 0 } } });
    assert.match(String(reply.headers.get('content-security-policy')), /^default-src 'none'; frame-ancestors/);
  });
});

describe('a file of the IDE', () => {
  it('is kept by the browser for good, and runs a worker under the policy of the page', async () => {
    const app = await host(builtIde());
    const reply = await app.inject({ url: '/ide/assets/main-0a1b2c3d.js' });
    assert.deepEqual([reply.statusCode, reply.body], [200, 'export {};']);
    assert.match(String(reply.headers['content-type']), /javascript/);
    assert.equal(reply.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.match(String(reply.headers['content-security-policy']), POLICY);
  });

  it('is in the folder of assets, and in no other', async () => {
    const app = await host(builtIde());
    assert.equal((await app.inject({ url: '/ide/assets/main-0a1b2c3d.js' })).statusCode, 200);
    for (const url of ['/ide/assets/../index.html', '/ide/assets/..%2findex.html', '/ide/assets/', '/ide/index.html']) {
      assert.notEqual((await app.inject({ url })).statusCode, 200, url);
    }
  });
});

describe('the built IDE', () => {
  it('names no file of another host', { skip: withoutPages('ide') }, () => {
    const page = readFileSync(pageFile('ide'), 'utf8');
    const references = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, reference]) => reference!);
    assert.ok(
      references.some((reference) => reference.endsWith('.js')),
      page,
    );
    assert.deepEqual(
      references.filter((reference) => !reference.startsWith('./ide/assets/') && reference !== 'data:,'),
      [],
    );
  });
});
