import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PeerStore, type PeerRecord } from '../../src/storage/peerStore.js';
import { testNetwork } from '../support/blocks.js';
import { openNodeDatabase } from '../support/storeOpen.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const network = testNetwork();

it('gives back the last record of every peer after a reopening', async () => {
  const folder = temporaryFolder();
  const long: PeerRecord = { url: `http://peer.example/${'x'.repeat(3000)}`, standing: 0 };
  const banned: PeerRecord = {
    url: 'https://b.example/graphql',
    origin: 'chosen',
    standing: -100,
    bannedUntil: 5,
    lastSeen: 4,
  };
  const database = await openNodeDatabase(network, folder);
  const peers = new PeerStore({ database });
  assert.deepEqual(peers.load(), []);
  await peers.save({ ...banned, standing: 0 });
  await Promise.all([peers.save(banned), peers.save(long), peers.save({ url: 'http://c.example/', standing: 1 })]);
  await peers.remove('http://c.example/');
  await peers.remove('http://never.example/');
  await database.close();
  const reopened = await openNodeDatabase(network, folder);
  const loaded = new PeerStore({ database: reopened }).load().sort((a, b) => a.url.length - b.url.length);
  assert.deepEqual(loaded, [banned, long]);
  await reopened.close();
});
