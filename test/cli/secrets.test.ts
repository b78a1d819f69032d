import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { getIntrospectionQuery } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { startLocalNode } from '../../examples/localNode.js';
import { developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { fromHex } from '../../src/crypto/bytes.js';
import { openKey, parseKeyFile } from '../../src/crypto/keystore.js';
import { wordsOfSeed } from '../../src/crypto/seedWords.js';
import { createToken } from '../../src/http/adminToken.js';
import { closeBeforeDeletion, temporaryFolder } from '../support/temporaryFolder.js';

const PASSPHRASE = 'a canary in the coal mine';
const WRONG = 'another canary, which is wrong';
/** The only files that may hold a secret, or open with one. */
const KEPT = ['admin.token', 'node.key', 'wallet.json'];

/** A socket before a node that keeps every byte, from it (`sent`) and to it (`got`): `url` is that of the node, through it. */
async function recorded(url: string) {
  const [sent, got]: [Buffer[], Buffer[]] = [[], []];
  const { port } = new URL(url);
  const server = createServer((client) => {
    const node = connect(Number(port), '127.0.0.1');
    client.on('data', (chunk) => got.push(chunk));
    client.on('error', () => node.destroy()).pipe(node);
    node.on('data', (chunk) => sent.push(chunk)).on('error', () => client.destroy());
    node.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  return { sent, got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` };
}

/** A secret in every spelling that a program could give it. */
function spellings(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  const texts = [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ];
  return [bytes, ...texts.map((text) => Buffer.from(text)), Buffer.from(wordsOfSeed(secret))];
}

describe('the secrets of a node', () => {
  it('threat secret-leak: no private key, passphrase or token is in an answer, a request to a peer, the log, a file of the data or the process table', async () => {
    const data = temporaryFolder();
    const log: string[] = [];
    const peer = await startLocalNode({ data: temporaryFolder() });
    const wire = await recorded(peer.url);
    const args = ['--log-level', 'debug', '--log-format', 'json', '--peer', wire.url];
    const node = await startLocalNode({ data, args, onLog: (line) => log.push(line) });
    const stop = () => Promise.all([node.stop(), peer.stop()]);
    closeBeforeDeletion(data, async () => {
      await stop();
    });
    after(stop);
    const outward = await recorded(node.url);
    const text = (await createToken(data, 'canary', ['all']))!;
    const admin = new GraphQLClient(outward.url, { headers: { authorization: `Bearer ${text}` } });
    const ask = (document: string, variables = {}) => admin.request<object>(document, variables);
    const fails = (document: string, variables = {}) => assert.rejects(ask(document, variables));

    const opened = (name: string, passphrase: string) =>
      ask(`mutation ($passphrase: String!) { ${name}(passphrase: $passphrase) { __typename } }`, { passphrase });
    assert.deepEqual(await opened('createWallet', PASSPHRASE), { createWallet: { __typename: 'Wallet' } });
    await ask('mutation { lockWallet { __typename } }');
    assert.deepEqual(await opened('unlockWallet', WRONG), { unlockWallet: { __typename: 'Rejected' } });
    await opened('unlockWallet', PASSPHRASE);
    await fails('mutation ($passphrase: Int!) { unlockWallet(passphrase: $passphrase) { __typename } }', {
      passphrase: 1,
    });
    await fails('mutation { unlockWallet(passphrase: 7) { __typename } }');
    await ask('mutation { mineBlocks(count: 2) { __typename } }');
    const { prefix, publicKey } = {
      prefix: developmentNetwork().addressPrefix,
      publicKey: developmentAccount(1).publicKey,
    };
    const transaction = { recipient: encodeAddress(prefix, publicKey), amount: '5' };
    await ask(
      'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }',
      { transaction },
    );
    await ask(
      `{ nodeInfo { id proof(challenge: "${'ab'.repeat(32)}") } wallet { address locked } peers { url } log(last: 100) { message } }`,
    );
    await ask(getIntrospectionQuery());
    for (const path of [
      '/metrics',
      '/health',
      '/readyz',
      '/',
      '/admin.token',
      '/%2e%2e/node.key',
      '/graphql?query={wallet{address}}',
    ])
      await (await fetch(new URL(path, outward.url))).text();
    const wallet = await openKey(parseKeyFile(readFileSync(join(data, 'wallet.json'), 'utf8')), PASSPHRASE);
    const { pid } = node.process;
    const table = ['cmdline', 'environ'].map((name) => `/proc/${pid}/${name}`).filter((file) => existsSync(file));
    const found = new Map(table.map((file) => [file, readFileSync(file)]));
    await stop();

    const secrets = [
      ...spellings(fromHex(readFileSync(join(data, 'node.key'), 'utf8').trim())),
      ...spellings(wallet!.seed),
      ...spellings(fromHex(readFileSync(join(data, 'admin.token'), 'utf8').trim())),
      ...[PASSPHRASE, WRONG, text.split('.')[1]!].map((secret) => Buffer.from(secret)),
    ];
    found.set('the log', Buffer.from(log.join('\n')));
    found.set('answers', Buffer.concat(outward.sent));
    found.set('what the peer got', Buffer.concat(wire.got));
    for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' }))
      if (!KEPT.includes(name) && name !== 'tokens') found.set(name, readFileSync(join(data, name)));
    assert.ok(
      log.some((line) => line.includes('unlockWallet')),
      'the log has what was done',
    );
    assert.ok(found.get('answers')!.includes('unlockWallet') && found.get('answers')!.length > 10_000);
    assert.ok(found.get('what the peer got')!.includes('receiveBroadcastBlock'));
    assert.ok(found.has('node.mdb') && found.has('chain.mdb') && found.has(join('tokens', 'canary.json')));
    for (const [place, bytes] of found)
      assert.ok(!secrets.some((secret) => bytes.includes(secret)), `a secret is in ${place}`);
    for (const name of ['admin.token', 'node.key'])
      assert.ok(
        secrets.some((secret) => readFileSync(join(data, name)).includes(secret)),
        name,
      );
  });

  it('threat core-dump: a node ends core dumps of its process, whatever limit it was started with', async (context) => {
    if (!existsSync('/proc/self/limits') || !existsSync('/usr/bin/prlimit')) {
      context.skip('/proc or prlimit is missing');
      return;
    }
    const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
    const data = temporaryFolder();
    const line = `ulimit -c "$(ulimit -H -c)"; exec "$0" "$1" node --json --port 0 --data "$2"`;
    const child = spawn('sh', ['-c', line, process.execPath, cli, data], { stdio: ['ignore', 'pipe', 'ignore'] });
    after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    assert.match(readFileSync(`/proc/${child.pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});
