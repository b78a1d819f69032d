import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { GraphQLClient } from 'graphql-request';
import type { LogLine } from '../support/logger.js';
import { startTestNode } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { commandLines } from './corrente.js';

const home = temporaryFolder();
const run = commandLines(home);

describe('corrente token', () => {
  it('makes a token for a running node, which permits its scopes and is named in the audit', async () => {
    const log: LogLine[] = [];
    const node = await startTestNode({ log });
    const data = ['--data', node.data];
    const made = await run(['token', 'create', 'miner', '--scope', 'mine,peers', '--json', ...data]);
    assert.equal(made.code, 0, made.stderr);
    const { token } = JSON.parse(made.stdout) as { token: string };
    const client = new GraphQLClient(node.url, { headers: { authorization: `Bearer ${token}` } });
    await client.request('mutation { mineBlocks { __typename } }');
    await assert.rejects(
      client.request('{ wallet { locked } }'),
      /FORBIDDEN.*scope read-private, got miner with mine, peers/s,
    );
    const listed = await run(['token', 'list', ...data]);
    assert.match(listed.stdout, /^miner {2}mine,peers {2}\d{4}-\d\d-\d\dT.*Z\n$/);
    assert.equal((await run(['token', 'revoke', 'miner', ...data])).code, 0);
    await assert.rejects(client.request('mutation { mineBlocks { __typename } }'), /UNAUTHENTICATED/);
    const audit = log.filter(({ operation }) => operation !== undefined);
    assert.deepEqual(
      audit.map(({ msg, operation, token: name, outcome }) => [msg, operation, name, outcome]),
      [
        ['admin operation', 'mineBlocks', 'miner', 'done'],
        ['refused without the scope', 'wallet', 'miner', undefined],
        ['refused without the admin token', 'mineBlocks', undefined, undefined],
      ],
    );
    assert.ok(!JSON.stringify(log).includes(token.split('.')[1]!));
  });

  it('writes it into a file that the commands take', async () => {
    const node = await startTestNode();
    const out = join(home, 'mine.token');
    const line = ['token', 'create', 'm', '--scope', 'mine', '--data', node.data, '--out', out];
    const made = await run(line);
    assert.equal(made.stdout, `the token m of the node in ${node.data} is in ${out}\n`, made.stderr);
    assert.equal(statSync(out).mode & 0o777, 0o600);
    const mined = await run(['mine', '2', '--node', node.url, '--token-file', out]);
    assert.match(mined.stdout, /^block 1 .*\nblock 2 /, mined.stderr);
    const line2 = ['peers', 'remove', 'http://a.example/graphql', '--node', node.url, '--token-file', out];
    assertRefused(await run(line2), 1, /FORBIDDEN: expected an admin token with the scope peers, got m with mine/);
    // A file is never overwritten, and then there is no token either.
    assertRefused(await run(line.with(2, 'other')), 1, /--out .*mine\.token: it exists/);
    assert.doesNotMatch((await run(['token', 'list', '--data', node.data])).stdout, /other/);
    assert.match(readFileSync(out, 'utf8'), /^m\./);
  });

  it('says in one line what it did not understand', async () => {
    const data = temporaryFolder();
    const create = (...args: string[]) => run(['token', 'create', ...args, '--data', data]);
    assertRefused(
      await create('a', '--scope', 'everything'),
      2,
      /expected one of read-private, send, mine, peers, all/,
    );
    assertRefused(
      await create('../a', '--scope', 'all'),
      2,
      /expected a name of 1 to 32 of a-z, 0-9 and -, got "\.\.\/a"/,
    );
    assertRefused(await create('a'), 2, /required option '--scope <scope>' not specified/);
    assert.equal((await create('a', '--scope', 'all')).code, 0);
    assertRefused(await create('a', '--scope', 'all'), 1, /expected a name that is free, got a/);
    assertRefused(await run(['token', 'revoke', 'b', '--data', data]), 1, /expected the name of a token, got b/);
    assertRefused(await run(['token', 'list', '--data', join(data, 'gone')]), 2, /got nothing at .*gone/);
  });
});
