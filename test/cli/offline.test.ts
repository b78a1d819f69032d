import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { formatNetworkFile } from '../../src/consensus/networkFile.js';
import { toHex } from '../../src/crypto/bytes.js';
import { Closers } from '../../src/util/closers.js';
import { openChain } from '../../src/node/openChain.js';
import { mineBlock, mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { commandLines } from './corrente.js';

const home = temporaryFolder();
const inHome = (name: string) => join(home, name);
const line = commandLines(home);
const network = testNetwork();
const run = (...args: string[]) => line([...args, '--network', 'test.json']);

async function answered(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run(...args, '--json');
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout);
}

const payment = transfer({ network, from: testAccount(0), to: testAccount(5), amount: 7n, fee: 1n, nonce: 0 });
const first = mineBlock({ network, parent: network.genesis.header, transactions: [payment] });
const blocks = [first, ...mineBlocks(4, { network, parent: first.header })];
const tip = toHex(blocks.at(-1)!.header.hash);

before(async () => {
  writeFileSync(inHome('test.json'), formatNetworkFile(network));
  const closers = new Closers();
  const options = { data: inHome('data'), network, verifiedSignatures: 10 };
  const { chain } = await openChain(options, { reconcile: () => 0 }, closers);
  for (const block of blocks) assert.equal((await chain.addBlock(block, Date.now())).status, 'connected');
  await closers.close();
});

describe('verify', () => {
  it('replays the whole chain and compares every account', async () => {
    // Four that have coins from the start, the recipient, and the miner.
    assert.deepEqual(await answered('verify', '--data', 'data'), { blocks: 5, accounts: 6, tip });
  });

  it('finds a byte that the disk changed', async () => {
    cpSync(inHome('data'), inHome('damaged'), { recursive: true });
    const path = inHome('damaged/chain.mdb');
    const bytes = readFileSync(path);
    // The signature of the payment, wherever the database has it.
    const signature = Buffer.from(payment.signature);
    let found = 0;
    for (let at = bytes.indexOf(signature); at >= 0; at = bytes.indexOf(signature, at + 1), found++) bytes[at]! ^= 1;
    assert.ok(found > 0);
    writeFileSync(path, bytes);
    const ended = await run('verify', '--data', 'damaged');
    assertRefused(
      ended,
      1,
      /database is corrupted: .*chain\.mdb: page \d+ of transactions: expected the checksum 0x[0-9a-f]+, got 0x/,
    );
  });

  it('refuses a folder without a chain, which would verify as an empty chain, and makes no chain there', async () => {
    for (const command of [['verify'], ['export', 'none.chain'], ['reindex']]) {
      const ended = await run(...command, '--data', 'mistyped');
      assertRefused(ended, 1, /data folder mistyped: expected the data of a node, got no chain/);
    }
    assert.deepEqual([existsSync(inHome('mistyped')), existsSync(inHome('none.chain'))], [false, false]);
  });

  it('knows the network of a folder without a flag, as do the others', async () => {
    for (const command of [['verify'], ['export', 'untold.chain'], ['import', 'untold.chain'], ['reindex']]) {
      assert.deepEqual((await line([...command, '--data', 'data'])).stderr, '');
    }
  });

  it('refuses the data of another network, and says how to name it', async () => {
    const ended = await line(['verify', '--data', 'data', '--network', 'development']);
    const expected =
      /data folder .*data: expected data of network development, got those of network test: give --network .*data\/network\.json, or leave --network out/;
    assertRefused(ended, 1, expected);
  });

  it('refuses a network file of the folder that is damaged, by its name', async () => {
    cpSync(inHome('data'), inHome('unreadable'), { recursive: true });
    writeFileSync(inHome('unreadable/network.json'), '{"name":');
    assertRefused(await line(['verify', '--data', 'unreadable']), 1, /network file unreadable\/network\.json: /);
    assert.equal((await run('verify', '--data', 'unreadable')).code, 0);
  });
});

describe('export and import', () => {
  it('carry the chain to a new node, block by block', async () => {
    assert.deepEqual(await answered('export', 'all.chain', '--data', 'data'), { file: 'all.chain', blocks: 5 });
    assert.deepEqual(await answered('import', 'all.chain', '--data', 'new'), { added: 5, height: 5 });
    assert.deepEqual(await answered('verify', '--data', 'new'), { blocks: 5, accounts: 6, tip });
    assert.deepEqual(await answered('import', 'all.chain', '--data', 'new'), { added: 0, height: 5 });
  });

  it('never overwrite a file', async () => {
    writeFileSync(inHome('kept.chain'), 'kept');
    assertRefused(
      await run('export', 'kept.chain', '--data', 'data'),
      1,
      /kept\.chain: expected a name that is free, got a file, which is never overwritten/,
    );
    assert.equal(readFileSync(inHome('kept.chain'), 'utf8'), 'kept');
  });

  it('write a file whole or not at all, and name the target when it cannot hold it', async () => {
    // Left by an export that was killed.
    writeFileSync(inHome('again.chain.partial'), 'half of it');
    assert.deepEqual(await answered('export', 'again.chain', '--data', 'data'), { file: 'again.chain', blocks: 5 });
    assert.ok(!existsSync(inHome('again.chain.partial')));
    assertRefused(await run('export', '/dev/full', '--data', 'data'), 1, /^error: \/dev\/full: no space is left there/);
    assertRefused(
      await run('export', 'nowhere/a.chain', '--data', 'data'),
      1,
      /^error: nowhere\/a\.chain: no such file or folder$/m,
    );
  });

  it('write to standard output, with the report on standard error', async () => {
    const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [cli, 'export', '/dev/stdout', '--data', 'data', '--json'],
      { cwd: home, encoding: 'buffer' },
    );
    await answered('export', 'same.chain', '--data', 'data');
    assert.deepEqual([stdout, stderr.toString()], [readFileSync(inHome('same.chain')), '5 blocks in /dev/stdout\n']);
  });

  it('refuse a file that is missing, something else, cut, or of another chain', async () => {
    await answered('export', 'whole.chain', '--data', 'data');
    const whole = readFileSync(inHome('whole.chain'));
    writeFileSync(inHome('cut.chain'), whole.subarray(0, -1));
    const foreign = Buffer.from(whole);
    foreign[24]! ^= 1;
    writeFileSync(inHome('foreign.chain'), foreign);
    for (const [file, expected] of [
      ['missing.chain', /missing\.chain: no such file or folder/],
      ['test.json', /test\.json: expected a chain file, got something else/],
      ['foreign.chain', /foreign\.chain: expected blocks of chain [0-9a-f]{64}, got [0-9a-f]{64}: .* --network/],
    ] as const) {
      assertRefused(await run('import', file, '--data', 'refusing'), 1, expected);
      assert.ok(!existsSync(inHome('refusing')), 'no folder of a network that was perhaps not meant');
    }
    const cut = await run('import', 'cut.chain', '--data', 'refusing');
    assertRefused(cut, 1, /cut\.chain: expected 1 more bytes, got the end of the file/);
    // The blocks before the cut were good.
    assert.deepEqual(await answered('import', 'whole.chain', '--data', 'refusing'), { added: 1, height: 5 });
  });

  it('refuse a block that breaks a rule, by its height and code', async () => {
    await answered('export', 'forged.chain', '--data', 'data');
    const bytes = readFileSync(inHome('forged.chain'));
    const at = bytes.indexOf(Buffer.from(payment.signature));
    bytes[at + 40]! ^= 1;
    writeFileSync(inHome('forged.chain'), bytes);
    const ended = await run('import', 'forged.chain', '--data', 'forged');
    assertRefused(ended, 1, /forged\.chain: block 1: INVALID_TRANSACTIONS_ROOT: expected/);
    assert.deepEqual(await answered('verify', '--data', 'forged'), {
      blocks: 0,
      accounts: 4,
      tip: toHex(network.chainId),
    });
  });
});

describe('reindex', () => {
  it('rebuilds the same chain and leaves nothing behind', async () => {
    cpSync(inHome('data'), inHome('reindexed'), { recursive: true });
    const before = readdirSync(inHome('reindexed')).sort();
    assert.deepEqual(await answered('reindex', '--data', 'reindexed'), { added: 5, height: 5 });
    assert.deepEqual(await answered('verify', '--data', 'reindexed'), { blocks: 5, accounts: 6, tip });
    assert.deepEqual(readdirSync(inHome('reindexed')).sort(), before);
  });

  it('goes on after one that was cut short', async () => {
    cpSync(inHome('data'), inHome('retried'), { recursive: true });
    cpSync(inHome('data/chain.mdb'), inHome('retried/chain.mdb.new'));
    truncateSync(inHome('retried/chain.mdb.new'), 5000);
    writeFileSync(inHome('retried/reindex.chain'), 'half of it');
    assert.deepEqual(await answered('reindex', '--data', 'retried'), { added: 5, height: 5 });
    assert.deepEqual(await answered('verify', '--data', 'retried'), { blocks: 5, accounts: 6, tip });
  });
});
