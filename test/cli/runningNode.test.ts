import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startLocalNode, type LocalNode } from '../../examples/localNode.js';
import { formatCoins } from '../../src/consensus/coins.js';
import { COIN } from '../../src/consensus/network.js';
import { toHex } from '../../src/crypto/bytes.js';
import { openKey, parseKeyFile } from '../../src/crypto/keystore.js';
import { freePort } from '../support/freePort.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { answer, commandLines, corrente, type Ended } from './corrente.js';
import { developmentAddress } from './developmentAddress.js';

const home = temporaryFolder();
const data = join(home, 'node');
const line = commandLines(home);
const PASSPHRASE = 'correct horse';
const withPassphrase = { CORRENTE_PASSPHRASE: PASSPHRASE };
/** Everything that the commands and the node said. */
const said: string[] = [];
let node: LocalNode;
let alice: string;
let bob: string;

async function run(...args: string[]): Promise<Ended> {
  const ended = await line(args, { CORRENTE_NODE: node.url, ...withPassphrase });
  said.push(ended.stdout, ended.stderr);
  return ended;
}

async function answered<Answer>(...args: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await run(...args, '--json');
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout) as Answer;
}

const start = () =>
  startLocalNode({
    data,
    args: ['--network', join(home, 'ours.json'), '--miner', bob, '--log-level', 'debug'],
    onLog: (entry) => said.push(entry),
  });
const balanceOf = (address: string) => answered<{ confirmed: string; nextNonce: string }>('balance', address);

describe('a network of one’s own, from the keys to the payment', () => {
  before(async () => {
    const made = [];
    for (const name of ['alice', 'bob']) {
      const args = ['keys', 'new', '--out', `${name}.json`, '--prefix', 'ours', '--json'];
      made.push(JSON.parse((await line(args, withPassphrase)).stdout) as { address: string });
    }
    [alice, bob] = made.map(({ address }) => address) as [string, string];
    const args = ['network', 'create', '--name', 'ours', '--prefix', 'ours', '--tries', '2', '--out', 'ours.json'];
    const created = await line([...args, '--allocate', `${alice}=1000`, '--json']);
    assert.equal(created.code, 0, created.stderr);
    node = await start();
    const { chain } = await node.ask<{ chain: { id: string } }>('{ chain { id } }');
    assert.equal((JSON.parse(created.stdout) as { chainId: string }).chainId, chain.id);
  });
  after(() => node.stop());

  it('the network file is never overwritten, and a wrong one is not written', async () => {
    const ours = readFileSync(join(home, 'ours.json'), 'utf8');
    assertRefused(
      await run('network', 'create', '--name', 'b', '--out', 'ours.json'),
      1,
      /--out ours\.json: it exists/,
    );
    assert.equal(readFileSync(join(home, 'ours.json'), 'utf8'), ours);
    for (const [args, expected] of [
      [['--name', 'Not Allowed'], /network name: expected .*, got "Not Allowed"/],
      [
        ['--name', 'b', '--allocate', `${developmentAddress(0)}=1`],
        /--allocate: expected addresses .* cor1, got cordev1…; npx corrente keys show FILE --prefix cor writes that of a key/,
      ],
      [['--name', 'b', '--allocate', alice], /'--allocate .*expected coins .*, got ""/],
      [['--name', 'b', '--prefix', 'B'], /expected 2 to 10 lower-case letters, got "B"/],
      [['--name', 'b', '--tries', '1'], /'--tries <number>'.*expected a whole number from 2 .*, got "1"/],
    ] as const) {
      assertRefused(await run('network', 'create', ...args, '--out', 'b.json'), 2, expected);
    }
    assert.throws(() => readFileSync(join(home, 'b.json')), { code: 'ENOENT' });
  });

  it('a payment is signed with the key file, mined, and in the balances', async () => {
    const [payer, miner] = [await balanceOf(alice), await balanceOf(bob)];
    const sent = await answered<{ id: string; deliveries: unknown[] }>(
      ...['send', '--to', bob, '--amount', '1.5', '--fee', '0.25', '--memo', 'thanks', '--key', 'alice.json'],
    );
    assert.match(sent.id, /^[0-9a-f]{64}$/);
    assert.deepEqual(sent.deliveries, []);
    const [mined] = await answered<{ block: { height: number; transactionCount: number; reward: string } }[]>(
      ...['mine', '--data', data],
    );
    assert.equal(mined!.block.transactionCount, 1);
    assert.equal(mined!.block.reward, `${(1025n * COIN) / 100n}`);
    const [payerAfter, minerAfter] = [await balanceOf(alice), await balanceOf(bob)];
    assert.equal(BigInt(payerAfter.confirmed) - BigInt(payer.confirmed), (-175n * COIN) / 100n);
    assert.equal(BigInt(payerAfter.nextNonce) - BigInt(payer.nextNonce), 1n);
    assert.equal(BigInt(minerAfter.confirmed) - BigInt(miner.confirmed), (1175n * COIN) / 100n);
    const coins = formatCoins(BigInt(minerAfter.confirmed));
    const lines = [`confirmed  ${coins} coins at block ${mined!.block.height}`, `available  ${coins}`, 'incoming   0'];
    assert.equal((await run('balance', bob)).stdout, `${lines.join('\n')}\nnonce      0, next 0\n`);
  });

  it('a rejection is one line with its code, an answer for programs, and ends with 1', async () => {
    const args = ['send', '--to', bob, '--amount', '5000', '--key', 'alice.json'];
    assertRefused(
      await run(...args),
      1,
      /rejected: INSUFFICIENT_FUNDS: expected at least 5000 coins \(500000000000 base units\) available, got/,
    );
    const env = { CORRENTE_NODE: node.url, ...withPassphrase };
    const { code, stdout } = await corrente([...args, '--json'], { home, env });
    assert.equal(code, 1);
    assert.equal((JSON.parse(stdout) as { rejected: { code: string } }).rejected.code, 'INSUFFICIENT_FUNDS');
    assertRefused(
      await run('send', '--to', bob, '--amount', '0', '--key', 'alice.json'),
      2,
      /--amount .*expected an amount above 0, got 0/,
    );
  });

  it('a transfer that cannot be signed is refused before anything is sent', async () => {
    const before = await balanceOf(alice);
    const send = ['send', '--to', bob, '--amount', '1'];
    const wrong = await line([...send, '--key', 'alice.json', '--node', node.url], {
      CORRENTE_PASSPHRASE: 'wrong horse',
    });
    assertRefused(wrong, 1, /--key alice\.json: the passphrase does not open it/);
    assertRefused(await run(...send, '--key', 'missing.json'), 2, /--key missing\.json: no such file or folder/);
    assertRefused(await run(...send, '--key', 'ours.json'), 2, /--key ours\.json: expected a key file of version 1/);
    const long = await run(...send, '--key', 'alice.json', '--memo', 'é'.repeat(33));
    assertRefused(long, 2, /--memo .*expected a memo of at most 64 bytes, got 66/);
    assert.deepEqual(await balanceOf(alice), before);
  });

  it('an address of another network is refused', async () => {
    const expected = /expected an address that starts with ours1, got the prefix "cordev"/;
    assertRefused(await run('balance', developmentAddress(0)), 1, expected);
    const to = ['send', '--to', developmentAddress(0), '--amount', '1', '--key', 'alice.json'];
    assertRefused(await run(...to), 1, expected);
  });

  it('mining and changing peers need the token', async () => {
    const expected = /UNAUTHENTICATED: http:\S+: expected the admin token .* --data FOLDER, .* --token-file FILE/;
    writeFileSync(join(home, 'wrong.token'), 'wrong', { mode: 0o600 });
    for (const args of [
      ['mine'],
      ['mine', '--token-file', 'wrong.token'],
      ['peers', 'add', 'http://a.example/'],
      ['peers', 'remove', 'http://a.example/'],
    ]) {
      assertRefused(await run(...args), 1, expected);
    }
    assertRefused(await run('mine', '--token-file', 'wrong.token'), 1, /admin token of the node, got another one: /);
    assertRefused(
      await run('mine', '--data', 'nothing'),
      1,
      /expected the admin token in nothing\/admin\.token, got no file/,
    );
    const file = join(data, 'admin.token');
    assert.equal((await answered<unknown[]>('mine', '2', '--token-file', file)).length, 2);
    const env = { CORRENTE_NODE: node.url, CORRENTE_TOKEN: readFileSync(file, 'utf8').trim() };
    assert.equal((await line(['mine'], env)).code, 0);
    assertRefused(
      await line(['mine', '--token', env.CORRENTE_TOKEN], { CORRENTE_NODE: node.url }),
      2,
      /unknown option/,
    );
  });

  it('every file of the data folder is for its owner only', () => {
    const modes = readdirSync(data).map((name) => [name, (statSync(join(data, name)).mode & 0o777).toString(8)]);
    assert.ok(modes.length >= 6, modes.join(' '));
    assert.deepEqual(
      modes.filter(([, mode]) => mode !== '600'),
      [],
    );
  });

  it('config says that the network is that of the data folder', async () => {
    const settings = await answered<readonly object[]>('config', '--data', data);
    const [network] = settings.filter((row) => 'name' in row && row.name === 'network');
    assert.deepEqual(network, { name: 'network', value: 'ours', source: 'data folder' });
  });

  it('peers are listed, added and removed; this node itself is refused', async () => {
    assert.deepEqual(await answered('peers', 'list'), []);
    const url = `http://127.0.0.1:${await freePort()}/graphql`;
    const added = await answered<{ url: string; status: string }>('peers', 'add', new URL(url).origin, '--data', data);
    assert.deepEqual([added.url, added.status], [url, 'UNREACHABLE']);
    assert.match((await run('peers', 'list')).stdout, new RegExp(`^peer .*standing.*\n${url} +UNREACHABLE`));
    const again = (await run('peers', 'add', url, '--data', data)).stdout;
    assert.match(again, new RegExp(`^${url} UNREACHABLE: .+\nthe node keeps it and tries it again`));
    assertRefused(await run('peers', 'add', node.url, '--data', data), 1, /PEER_REFUSED: expected another node/);
    assert.deepEqual(await answered('peers', 'remove', url, '--data', data), { removed: true });
    assert.equal((await run('peers', 'remove', url, '--data', data)).stdout, `${url} was no peer\n`);
  });

  it('a node that is not there is named, and the command ends with 1', async () => {
    const url = `http://127.0.0.1:${await freePort()}/graphql`;
    const expected = new RegExp(`${url}: expected a running node, got ECONNREFUSED`);
    assertRefused(await corrente(['balance', bob, '--node', url], { home }), 1, expected);
  });

  it('SIGTERM ends the node with 0, and nothing is lost', async () => {
    const env = { CORRENTE_NODE: node.url, ...withPassphrase };
    await answer(['send', '--to', bob, '--amount', '3', '--key', 'alice.json'], { home, env });
    const before = [await balanceOf(alice), await balanceOf(bob), await answered('peers', 'list')];
    await node.stop('SIGTERM');
    assert.deepEqual([node.process.exitCode, node.process.signalCode], [0, null]);
    node = await start();
    assert.deepEqual([await balanceOf(alice), await balanceOf(bob), await answered('peers', 'list')], before);
    const { mempool } = await node.ask<{ mempool: { size: number } }>('{ mempool { size } }');
    assert.ok(mempool.size >= 1);
  });

  it('no secret is in anything that a command said or the node logged', async () => {
    const send = ['send', '--to', bob, '--amount', '0.1', '--key', 'alice.json'];
    for (const args of [send, [...send, '--json'], [...send, '--amount', '5000'], ['mine', '--data', data]]) {
      await run(...args);
    }
    const all = said.join('\n');
    assert.ok(all.includes(bob) && all.includes('accepted') && all.includes('opened'));
    for (const name of ['alice.json', 'bob.json']) {
      const { seed } = (await openKey(parseKeyFile(readFileSync(join(home, name), 'utf8')), PASSPHRASE))!;
      for (const secret of [toHex(seed), Buffer.from(seed).toString('base64')]) assert.ok(!all.includes(secret));
    }
    const token = readFileSync(join(data, 'admin.token'), 'utf8').trim();
    for (const secret of [PASSPHRASE, token]) assert.ok(!all.includes(secret));
  });
});
