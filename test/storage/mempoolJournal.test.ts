import assert from 'node:assert/strict';
import { it } from 'node:test';
import { StorageFullError } from '../../src/chain/chainStore.js';
import { createTransaction } from '../../src/consensus/transaction.js';
import type { JournalEntry } from '../../src/mempool/ports.js';
import type { Database } from '../../src/storage/lmdb/database.js';
import type { Operation } from '../../src/storage/lmdb/packing.js';
import { LmdbMempoolJournal } from '../../src/storage/mempoolJournal.js';
import { testAccount, testNetwork } from '../support/blocks.js';
import { openNodeDatabase } from '../support/storeOpen.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import type { NodeTable } from '../../src/storage/keys.js';

const network = testNetwork();
const { chainId } = network;

/** The journal does not look at signatures. */
function entry(nonce: number): JournalEntry {
  const [sender, recipient] = [testAccount(0).publicKey, testAccount(1).publicKey];
  const unsigned = { sender, recipient, amount: 5n, fee: 1n, nonce: BigInt(nonce), memo: `n° ${nonce}` };
  return { transaction: createTransaction(chainId, unsigned, new Uint8Array(64).fill(nonce)), since: 1_000 + nonce };
}

/** The database with a count of its writes, and a way to make them fail. */
function watched(database: Database<NodeTable>) {
  const writes: (readonly Operation<NodeTable>[])[] = [];
  const state = { full: false };
  const commit = async (operations: readonly Operation<NodeTable>[]) => {
    if (state.full) throw new StorageFullError('full');
    writes.push(operations);
    await database.commit(operations);
  };
  return { writes, state, port: { view: () => database.view(), commit } };
}

it('gives back appended transactions, in order, after a reopening', async () => {
  const folder = temporaryFolder();
  const entries = Array.from({ length: 300 }, (_, nonce) => entry(nonce));
  const database = await openNodeDatabase(network, folder);
  const journal = new LmdbMempoolJournal({ chainId }, { database });
  for (const chunk of [entries.slice(0, 1), entries.slice(1, 299), entries.slice(299)]) await journal.append(chunk);
  await database.close();
  const reopened = await openNodeDatabase(network, folder);
  assert.deepEqual(new LmdbMempoolJournal({ chainId }, { database: reopened }).load(), entries);
  await reopened.close();
});

it('shares one write among all that is appended while another is under way', async () => {
  const database = await openNodeDatabase(network);
  const { writes, port } = watched(database);
  const journal = new LmdbMempoolJournal({ chainId }, { database: port });
  await Promise.all(Array.from({ length: 10 }, (_, nonce) => journal.append([entry(nonce)])));
  assert.deepEqual(
    writes.map((operations) => operations.length),
    [10],
  );
  const first = journal.append([entry(10)]);
  await Promise.resolve();
  await Promise.resolve();
  const later = [11, 12, 13].map((nonce) => journal.append([entry(nonce)]));
  await Promise.all([first, ...later]);
  assert.deepEqual(
    writes.map((operations) => operations.length),
    [10, 1, 3],
  );
  assert.equal(journal.load().length, 14);
  await database.close();
});

it('resolves an append only once the database has', async () => {
  const database = await openNodeDatabase(network);
  let finish = () => {};
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const journal = new LmdbMempoolJournal(
    { chainId },
    { database: { view: () => database.view(), commit: () => gate } },
  );
  let resolved = false;
  const appended = journal.append([entry(0)]).then(() => (resolved = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(resolved, false);
  finish();
  await appended;
  assert.equal(resolved, true);
  await database.close();
});

it('forgets removed transactions: before the write, after it, and from the last run', async () => {
  const folder = temporaryFolder();
  const database = await openNodeDatabase(network, folder);
  const journal = new LmdbMempoolJournal({ chainId }, { database });
  const entries = [0, 1, 2, 3].map(entry);
  const appended = journal.append(entries);
  journal.remove([entries[0]!.transaction]);
  await appended;
  journal.remove([entries[2]!.transaction, { txid: '00'.repeat(32) }]);
  assert.deepEqual(journal.load(), [entries[1], entries[3]]);
  await journal.close();
  await database.close();
  const reopened = await openNodeDatabase(network, folder);
  const next = new LmdbMempoolJournal({ chainId }, { database: reopened });
  assert.deepEqual(next.load(), [entries[1], entries[3]]);
  next.remove([entries[1]!.transaction]);
  await next.append([entry(4)]);
  assert.deepEqual(next.load(), [entries[3], entry(4)]);
  await next.close();
  await reopened.close();
});

it('rejects every append of a write that failed, keeps its removals, and goes on', async () => {
  const database = await openNodeDatabase(network);
  const { state, port } = watched(database);
  const journal = new LmdbMempoolJournal({ chainId }, { database: port });
  await journal.append([entry(0), entry(1)]);
  state.full = true;
  journal.remove([entry(0).transaction]);
  await Promise.all([2, 3].map((nonce) => assert.rejects(journal.append([entry(nonce)]), StorageFullError)));
  assert.deepEqual(journal.load(), [entry(1)]);
  await journal.close();
  state.full = false;
  await journal.append([entry(2)]);
  assert.deepEqual(journal.load(), [entry(1), entry(2)]);
  await database.close();
});

it('has the record of a transaction that it had before a write of the same one failed', async () => {
  const database = await openNodeDatabase(network);
  const { state, port } = watched(database);
  const journal = new LmdbMempoolJournal({ chainId }, { database: port });
  await journal.append([entry(0), entry(1)]);
  state.full = true;
  const again = { ...entry(0), since: 9_000 };
  // Both in the same write, and one in the write after it.
  const failed = [journal.append([again]), journal.append([again])];
  await Promise.resolve();
  await Promise.resolve();
  failed.push(journal.append([again]));
  assert.ok((await Promise.allSettled(failed)).every(({ status }) => status === 'rejected'));
  state.full = false;
  await journal.append([entry(2)]);
  const kept = () => new LmdbMempoolJournal({ chainId }, { database }).load();
  assert.deepEqual(kept(), [entry(0), entry(1), entry(2)]);
  journal.remove([entry(0).transaction]);
  await journal.append([entry(3)]);
  assert.deepEqual(kept(), [entry(1), entry(2), entry(3)]);
  await database.close();
});

it('has no record of a transaction that left while a write of it that failed was under way', async () => {
  const database = await openNodeDatabase(network);
  const { state, port } = watched(database);
  const journal = new LmdbMempoolJournal({ chainId }, { database: port });
  await journal.append([entry(0)]);
  state.full = true;
  const failed = journal.append([entry(0)]);
  journal.remove([entry(0).transaction]);
  await assert.rejects(failed, StorageFullError);
  state.full = false;
  await journal.append([entry(1)]);
  assert.deepEqual(new LmdbMempoolJournal({ chainId }, { database }).load(), [entry(1)]);
  await database.close();
});

it('is closed only once what waited for the write under way is written, too', async () => {
  const database = await openNodeDatabase(network);
  const journal = new LmdbMempoolJournal({ chainId }, { database });
  void journal.append([entry(0)]);
  await Promise.resolve();
  await Promise.resolve();
  void journal.append([entry(1)]);
  await journal.close();
  assert.deepEqual(new LmdbMempoolJournal({ chainId }, { database }).load(), [entry(0), entry(1)]);
  await database.close();
});
