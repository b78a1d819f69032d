import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { before, describe, it, type TestContext } from 'node:test';
import { extendChain, generatedNetwork, openStore, recipient } from '../../bench/generatedChain.js';
import { developmentNetwork } from '../../src/consensus/network.js';
import { formatNetworkFile } from '../../src/consensus/networkFile.js';
import { Closers } from '../../src/util/closers.js';
import { openChain } from '../../src/node/openChain.js';
import { testNetwork } from '../support/blocks.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { commandLines, corrente } from './corrente.js';

const home = temporaryFolder();
const run = commandLines(home);
const node = (data: string, ...more: string[]) => [
  'node',
  '--log-level',
  'error',
  '--port',
  '0',
  '--data',
  data,
  ...more,
];

/** Opens the ledger of a development node in a folder below home; resolves to how it is closed. */
async function openData(name: string): Promise<() => Promise<void>> {
  const closers = new Closers();
  const options = { data: join(home, name), network: developmentNetwork(), verifiedSignatures: 1 };
  await openChain(options, { reconcile: () => 0 }, closers);
  return () => closers.close();
}

/** A copy of a good data folder. */
function copy(name: string): { readonly data: string; path: (file: string) => string } {
  const data = join(home, name);
  cpSync(join(home, 'good'), data, { recursive: true });
  return { data, path: (file) => join(data, file) };
}

/** Turns every bit of some bytes of a file. */
function flip(path: string, offset: number, length: number): void {
  const bytes = readFileSync(path);
  for (let i = offset; i < offset + length; i++) bytes[i]! ^= 0xff;
  writeFileSync(path, bytes);
}

before(async () => {
  const close = await openData('good');
  await close();
});

describe('a node that cannot start says why in one line and ends with 1', () => {
  it('another program has its port', async (context: TestContext) => {
    const other = createServer().listen(0, '127.0.0.1');
    context.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const ended = await corrente(['node', '--data', 'fresh', '--port', `${port}`], { home });
    assertRefused(ended, 1, new RegExp(`--port ${port}: expected a free port of 127.0.0.1, got one`));
  });

  it('its address is not one of this machine', async () => {
    const ended = await run(node('fresh2', '--host', '203.0.113.7'));
    assertRefused(ended, 1, /--host 203\.0\.113\.7.*: expected an address to listen on, got EADDRNOTAVAIL/);
    assertRefused(await run(node('fresh2', '--host', 'nowhere.invalid')), 1, /--host nowhere\.invalid.*: expected an/);
  });

  it('another process uses its data folder, and so for every command that needs it', async () => {
    const close = await openData('good');
    const expected = /data folder .*good: expected to be its only user, got a node that is running in it/;
    assertRefused(await run(node('good')), 1, expected, /: a second one needs a folder of its own, --data$/);
    for (const command of [['verify'], ['export', 'a.chain'], ['import', 'a.chain'], ['reindex']]) {
      assertRefused(await run([...command, '--data', 'good']), 1, expected);
    }
    await close();
    assert.equal((await run(['verify', '--data', 'good'])).code, 0);
  });

  it('its database is something else', async () => {
    const { data, path } = copy('junk');
    writeFileSync(path('chain.mdb'), 'not a database '.repeat(3000));
    const expected = /database is corrupted: .*junk\/chain\.mdb: expected the LMDB magic .*got 0x/;
    assertRefused(await corrente(node(data), { home }), 1, expected);
    for (const command of [['verify'], ['export', 'b.chain'], ['import', 'b.chain'], ['reindex']]) {
      assertRefused(await run([...command, '--data', data]), 1, expected);
    }
  });

  // LMDB believes these fields.
  for (const [field, offset, length, expected] of [
    ['magic', 24, 4, /expected the LMDB magic/],
    ['version', 28, 2, /expected LMDB data format 2, got/],
    ['page size', 48, 4, /expected a page size from 512 to 65536/],
  ] as const) {
    it(`the ${field} of the first page of its database is damaged`, async () => {
      const { data, path } = copy(`flipped-${offset}`);
      assert.equal((await run(['verify', '--data', data])).code, 0);
      flip(path('chain.mdb'), offset, length);
      assertRefused(await run(node(data)), 1, /database is corrupted: /, expected);
    });
  }

  it('the flags of the first page of its database are damaged, which in LMDB ends the process with a signal', async () => {
    const { data, path } = copy('flags');
    flip(path('chain.mdb'), 18, 2);
    const ended = await corrente(['verify', '--data', data], { home });
    assertRefused(ended, 1, /database is corrupted: .*expected a meta page at byte 0, got flags 0x/);
    flip(path('chain.mdb'), 18, 2);
    assert.equal((await run(['verify', '--data', data])).code, 0);
  });

  it('a page of a long chain is damaged, which it finds while it serves', async () => {
    const network = await generatedNetwork(join(home, 'long.json'));
    mkdirSync(join(home, 'long'));
    const path = join(home, 'long', 'chain.mdb');
    const store = await openStore(network, path);
    await extendChain(store, network, { paymentsPerBlock: 2, recipients: Infinity }, 1_000);
    await store.close();
    // An account that nothing reads at the start; a query would show its balance as 0.
    flip(path, readFileSync(path).lastIndexOf(recipient(7)), 1);
    const { stdout, ...ended } = await run(node('long', '--network', 'long.json'));
    assert.match(stdout, /Corrente serves network generated at/);
    assertRefused({ stdout: '', ...ended }, 1, /database is corrupted: .*long\/chain\.mdb: page \d+ of \w+: expected/);
  });

  it('its data are of another network', async () => {
    writeFileSync(join(home, 'other.json'), formatNetworkFile(testNetwork()));
    const ended = await run(node('good', '--network', 'other.json'));
    assertRefused(
      ended,
      1,
      /data folder .*good: expected data of network test, got those of network development: give --network development, or leave --network out/,
    );
  });

  it('its data are of another network, and were made before a folder kept its network', async () => {
    const { data, path } = copy('nameless');
    rmSync(path('network.json'));
    const ended = await run(node(data, '--network', 'other.json'));
    assertRefused(ended, 1, /nameless\/chain\.mdb: expected data of chain [0-9a-f]{64}, got [0-9a-f]{64}/);
  });

  it('a file beside its database is damaged', async () => {
    for (const [file, expected] of [
      ['node.key', /node\.key: expected 64 hexadecimal characters, got something else/],
      ['wallet.json', /wallet\.json: expected a key file \(JSON\), got something else/],
      ['admin.token', /admin\.token: expected 64 hexadecimal characters, got something else; delete the file/],
    ] as const) {
      const { data, path } = copy(`with-${file}`);
      writeFileSync(path(file), 'junk', { mode: 0o600 });
      assertRefused(await run(node(data)), 1, expected);
    }
  });

  it('a secret beside its database can be read by others', async () => {
    for (const file of ['node.key', 'wallet.json', 'admin.token']) {
      const { data, path } = copy(`open-${file}`);
      writeFileSync(path(file), '');
      chmodSync(path(file), 0o644);
      const expected = new RegExp(
        `${file}: expected a file that only its owner can read, got mode 0644; run: chmod 600 .*${file}$`,
      );
      assertRefused(await run(node(data)), 1, expected);
    }
  });

  it('its data folder cannot be one', async () => {
    assertRefused(
      await run(node('/dev/null/x')),
      1,
      /data folder \/dev\/null\/x: expected a writable folder, got .*ENOTDIR/,
    );
  });
});
