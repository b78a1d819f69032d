import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { commandLines } from './corrente.js';

const home = temporaryFolder();
const run = commandLines(home);
const TOKEN = 'ab'.repeat(32);
const folder = join(home, '.corrente', 'development');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'admin.token'), `${TOKEN}\n`, { mode: 0o600 });
writeFileSync(join(home, 'other.token'), `${TOKEN}\n`, { mode: 0o600 });

/** A program that notes each request to it, on every address of this machine, and answers as a node or with a redirect. */
async function listener(redirect?: string) {
  const headers: (string | undefined)[] = [];
  const server: Server = createServer((request, response) => {
    headers.push(request.headers.authorization);
    request.resume();
    if (redirect !== undefined) response.writeHead(307, { location: redirect }).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"mineBlocks":[]}}');
  }).listen(0);
  await once(server, 'listening');
  after(() => server.close());
  return { headers, port: (server.address() as AddressInfo).port };
}

/** An address of this machine that others may have a way to. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

describe('the admin token of this machine’s node', () => {
  it('goes to a loopback address, by number or by name', async () => {
    const { headers, port } = await listener();
    for (const host of ['127.0.0.1', '127.8.8.8', 'localhost']) {
      assert.equal((await run(['mine', '--node', `http://${host}:${port}/graphql`])).code, 0, host);
    }
    assert.deepEqual(headers, Array(3).fill(`Bearer ${TOKEN}`));
  });

  it('goes nowhere else, by no command, over no protocol', async () => {
    for (const line of ['mine', 'peers add http://a.example/', 'peers remove http://a.example/']) {
      for (const node of [
        'http://192.0.2.2:4150/graphql',
        'https://192.0.2.2/graphql',
        'http://name.invalid/graphql',
      ]) {
        const expected =
          /expected --token-file FILE or --data FOLDER, since the token .* loopback address only, got http/;
        assertRefused(await run([...line.split(' '), '--node', node]), 2, expected);
      }
    }
  });

  it(
    'does not even reach an address of this machine that is not loopback',
    { skip: outside === undefined && 'this machine has no other address' },
    async () => {
      const { headers, port } = await listener();
      const node = `http://${outside}:${port}/graphql`;
      assertRefused(await run(['mine', '--node', node]), 2, /loopback address only/);
      const named = ['mine', '--node', node, '--token-file', 'other.token'];
      assertRefused(await run(named), 2, /expected https or a loopback address to send the admin token to, got http:/);
      assert.deepEqual(headers, []);
    },
  );

  it('does not follow a redirect', async () => {
    const target = await listener();
    const { headers, port } = await listener(`http://127.0.0.1:${target.port}/graphql`);
    const ended = await run(['mine', '--node', `http://127.0.0.1:${port}/graphql`]);
    assertRefused(ended, 1, /expected a GraphQL answer, got HTTP 307/);
    assert.deepEqual([headers, target.headers], [[`Bearer ${TOKEN}`], []]);
  });
});

describe('a token that is named', () => {
  it('goes over plain HTTP to loopback only, whichever way it is named', async () => {
    const expected = /expected https or a loopback address to send the admin token to, got http:\/\/192/;
    const node = ['mine', '--node', 'http://192.0.2.2:4150/graphql'];
    assertRefused(await run([...node, '--token-file', 'other.token']), 2, expected);
    assertRefused(await run([...node, '--data', folder]), 2, expected);
    assertRefused(await run(node, { CORRENTE_TOKEN: TOKEN }), 2, expected);
  });

  it('is refused from a file that others can read', async () => {
    const { headers, port } = await listener();
    chmodSync(join(home, 'other.token'), 0o644);
    const ended = await run(['mine', '--node', `http://127.0.0.1:${port}/graphql`, '--token-file', 'other.token']);
    assertRefused(ended, 1, /other\.token: expected a file that only its owner can read.*run: chmod 600 other\.token/);
    assert.deepEqual(headers, []);
  });
});
