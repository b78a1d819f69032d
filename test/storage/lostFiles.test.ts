import assert from 'node:assert/strict';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { openDataFolder } from '../../src/storage/dataFolder.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import type { LogLine } from '../support/logger.js';
import { startTestNode, transactionInput } from '../support/node.js';
import { openNodeDatabase } from '../support/storeOpen.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const operation = { table: 'peers', key: new Uint8Array(32), value: new Uint8Array(1) } as const;

for (const [how, lose] of [
  ['deleted', (path: string) => rmSync(path)],
  ['renamed', (path: string) => renameSync(path, `${path}.old`)],
  [
    'replaced',
    (path: string) => {
      rmSync(path);
      writeFileSync(path, '');
    },
  ],
] as const) {
  it(`a database whose file was ${how} stops acknowledging, and says why`, async () => {
    const folder = temporaryFolder();
    const database = await openNodeDatabase(testNetwork(), folder);
    await database.commit([operation]);
    assert.equal(database.lost(), undefined);
    lose(join(folder, 'node.mdb'));
    const expected = /node\.mdb: expected the file that this node opened, got another or none/;
    for (let attempt = 0; attempt < 2; attempt++) await assert.rejects(database.commit([operation]), expected);
    assert.match(database.lost()!.message, expected);
    await database.close();
  });
}

it('a data folder without its lock is lost', () => {
  const path = temporaryFolder();
  const folder = openDataFolder(path);
  assert.equal(folder.lost(), undefined);
  rmSync(join(path, 'lock'));
  assert.match(folder.lost()!.message, /lock: expected the file that this node locked, got another or none/);
  folder.close();
});

it('files that cannot be looked at for a time are not lost', async () => {
  const path = `${temporaryFolder()}/data`;
  const folder = openDataFolder(path);
  const database = await openNodeDatabase(testNetwork(), path);
  renameSync(path, `${path}.away`);
  // Looking ends with ELOOP, as it does with EACCES in a folder without permissions, which do not bind every user.
  symlinkSync(path, path);
  assert.equal(folder.lost(), undefined);
  assert.equal(database.lost(), undefined);
  await database.commit([operation]);
  rmSync(path);
  // A part of the path is not a folder: so the file is known to be missing.
  writeFileSync(path, '');
  assert.match(folder.lost()!.message, /got another or none/);
  assert.match(database.lost()!.message, /got another or none/);
  await database.close();
  folder.close();
});

it('a node whose data folder is deleted refuses payments with a code that says so', async () => {
  const network = testNetwork();
  const log: LogLine[] = [];
  const node = await startTestNode({ network, log });
  rmSync(node.data, { recursive: true });
  for (let nonce = 0; nonce < 2; nonce++) {
    const payment = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce });
    const add =
      'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }';
    const response = await fetch(node.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: add, variables: { transaction: transactionInput(network, payment) } }),
    });
    const { errors } = (await response.json()) as { errors: [{ extensions: object; message: string }] };
    assert.deepEqual(errors[0].extensions, { code: 'STORAGE_UNAVAILABLE' });
    assert.doesNotMatch(errors[0].message, /node\.mdb/);
  }
  const [opened] = log;
  assert.equal(opened?.msg, `opened network ${network.name} at height 0, 0 pending`);
  assert.equal(opened.height, 0);
  assert.deepEqual(
    log.filter(({ msg }) => msg === 'a request failed'),
    [],
  );
});
