import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RequestStore } from '../../src/storage/requestStore.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { openNodeDatabase } from '../support/storeOpen.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const network = testNetwork();
const options = { chainId: network.chainId, capacity: 2 };
const payments = [0, 1, 2].map((nonce) =>
  transfer({ network, from: testAccount(0), to: testAccount(1), amount: 5n, nonce, memo: `n° ${nonce}` }),
);

it('gives the transaction of a request key, also after a reopening, and forgets the oldest at its bound', async () => {
  const folder = temporaryFolder();
  const database = await openNodeDatabase(network, folder);
  const requests = new RequestStore(options, { database });
  assert.equal(requests.get('a'), undefined);
  await requests.put('a', payments[0]!);
  await requests.put('b', payments[1]!);
  assert.deepEqual(requests.get('a'), payments[0]);
  await database.close();
  const reopened = await openNodeDatabase(network, folder);
  const again = new RequestStore(options, { database: reopened });
  assert.deepEqual(again.get('a'), payments[0]);
  await again.put('c', payments[2]!);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => again.get(key)),
    [undefined, payments[1], payments[2]],
  );
  await again.remove('b');
  assert.equal(new RequestStore(options, { database: reopened }).get('b'), undefined);
  await reopened.close();
});
