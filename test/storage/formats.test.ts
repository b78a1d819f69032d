import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { checkDatabaseFile } from '../../src/storage/pages/databaseFile.js';
import { CHAIN_TABLES, FORMAT_VERSION, NODE_TABLES } from '../../src/storage/keys.js';
import { RequestStore } from '../../src/storage/requestStore.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { openNodeDatabase } from '../support/storeOpen.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

/** By format: the tables that the first version with it knows. It takes a file with any other table for damaged. */
const KNOWN_TABLES: Readonly<Record<number, readonly [chain: readonly string[], node: readonly string[]]>> = {
  1: [
    [
      'meta',
      'headers',
      'blockPositions',
      'best',
      'transactions',
      'transactionPositions',
      'undo',
      'accountNumbers',
      'accounts',
      'richest',
      'history',
    ],
    ['meta', 'mempool', 'peers'],
  ],
};

it('the tables of the databases are those that every version of this format opens', () => {
  assert.deepEqual([CHAIN_TABLES, NODE_TABLES], KNOWN_TABLES[FORMAT_VERSION]);
});

it('a request key is kept where the first version of this format overlooks it', async () => {
  const network = testNetwork();
  const folder = temporaryFolder();
  const database = await openNodeDatabase(network, folder);
  const requests = new RequestStore({ chainId: network.chainId, capacity: 2 }, { database });
  await requests.put('a', transfer({ network, from: testAccount(0), to: testAccount(1), amount: 5n, nonce: 0 }));
  await database.close();
  const [, known] = KNOWN_TABLES[FORMAT_VERSION]!;
  assert.ok(checkDatabaseFile(join(folder, 'node.mdb'), new Set(known), 'whole'));
});
