import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Database } from '../../src/storage/lmdb/database.js';
import { NODE_TABLES, sequenceKey, type NodeTable } from '../../src/storage/keys.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const ENTRIES = 5_000;
const chainId = new Uint8Array(32).fill(1);
const open = (path: string) => Database.open({ path, chainId, tables: NODE_TABLES });
const put = (sequence: number, value: string) =>
  ({
    table: 'mempool',
    key: sequenceKey.of({ sequence: BigInt(sequence) }),
    value: new TextEncoder().encode(value),
  }) as const;
const never = new AbortController().signal;

/** A file of more pages than are looked at when it is opened. */
async function longFile(): Promise<{ readonly path: string; readonly database: Database<NodeTable> }> {
  const path = join(temporaryFolder(), 'long.mdb');
  const database = await open(path);
  await database.commit(Array.from({ length: ENTRIES }, (_, index) => put(index, `value ${index} `.padEnd(400, '.'))));
  await database.close();
  assert.ok(readFileSync(path).length > 400 * 4096);
  return { path, database: await open(path) };
}

describe('a scrub of a database in use', () => {
  it('finds a page that was damaged where nothing has read it', async () => {
    const { path, database } = await longFile();
    await database.close();
    const bytes = readFileSync(path);
    bytes[bytes.lastIndexOf('value 2500 ')]! ^= 1;
    writeFileSync(path, bytes);
    const damaged = await open(path);
    await assert.rejects(damaged.scrub(never), {
      name: 'DataFolderError',
      message: /database is corrupted: .*long\.mdb: page \d+ of mempool: expected the checksum 0x[0-9a-f]+, got 0x/,
    });
    await damaged.close();
  });

  it('takes nothing for damage that is written meanwhile', async () => {
    const { database } = await longFile();
    const state = { scrubbing: true };
    const scrubs = (async () => {
      for (let count = 0; count < 3; count++) await database.scrub(never);
      state.scrubbing = false;
    })();
    let commits = 0;
    for (; state.scrubbing; commits++) {
      const changed = Array.from({ length: 50 }, (_, index) => put((97 * index + commits) % ENTRIES, `${commits}`));
      await database.commit(changed);
    }
    await scrubs;
    assert.ok(commits > 3, `${commits} commits`);
    await database.close();
  });

  it('ends on request, and does nothing for a file that was checked when it was opened', async () => {
    const { database } = await longFile();
    await assert.rejects(database.scrub(AbortSignal.abort()), { name: 'AbortError' });
    await database.close();
    const small = await open(join(temporaryFolder(), 'small.mdb'));
    await small.scrub(AbortSignal.abort());
    await small.close();
  });
});
