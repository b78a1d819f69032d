import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { StorageFullError } from '../../src/chain/chainStore.js';
import { Encoder } from '../../src/crypto/encoder.js';
import { Database } from '../../src/storage/lmdb/database.js';
import { CorruptDataError } from '../../src/storage/lmdb/databaseView.js';
import { DataFolderError } from '../../src/storage/dataFolder.js';
import { IDENTITY_KEY, NODE_TABLES, sequenceKey, type NodeTable } from '../../src/storage/keys.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const chainId = new Uint8Array(32).fill(1);
const put = (sequence: number, value: Uint8Array) =>
  ({ table: 'mempool', key: sequenceKey.of({ sequence: BigInt(sequence) }), value }) as const;
const text = (value: string) => new TextEncoder().encode(value);

/** A new file, a way to open it, and one to read it. */
function databaseFile(folder = temporaryFolder()) {
  const path = join(folder, 'test.mdb');
  const open = () => Database.open({ path, chainId, tables: NODE_TABLES });
  return { path, open };
}

function sequences(database: Database<NodeTable>, options: { limit?: number; reverse?: boolean } = {}): number[] {
  const view = database.view();
  const range = { from: new Uint8Array(8), to: new Uint8Array(9).fill(0xff), limit: 100, ...options };
  const found = view.range('mempool', range).map(({ key }) => new DataView(key.buffer, key.byteOffset).getUint32(4));
  view.release();
  return found;
}

describe('commit', () => {
  it('writes and removes in the order given', async () => {
    const database = await databaseFile().open();
    await database.commit([
      put(1, text('a')),
      put(2, text('b')),
      { table: 'mempool', key: sequenceKey.of({ sequence: 1n }) },
    ]);
    await database.commit([{ table: 'mempool', key: sequenceKey.of({ sequence: 2n }) }, put(2, text('c'))]);
    const view = database.view();
    assert.equal(view.get('mempool', sequenceKey.of({ sequence: 1n })), undefined);
    assert.deepEqual(view.get('mempool', sequenceKey.of({ sequence: 2n })), text('c'));
    view.release();
    await database.close();
  });

  it('keeps commits of one turn apart, each whole', async () => {
    const { open } = databaseFile();
    const database = await open();
    await Promise.all(Array.from({ length: 20 }, (_, index) => database.commit([put(index, text(`${index}`))])));
    assert.equal(sequences(database).length, 20);
    await database.close();
    const reopened = await open();
    assert.equal(sequences(reopened).length, 20);
    await reopened.close();
  });

  it('refuses all of a commit that names a table of another file, which does not compile, either', async () => {
    const database = await databaseFile().open();
    const foreign = { table: 'headers', key: sequenceKey.of({ sequence: 2n }), value: text('b') } as const;
    // @ts-expect-error -- not a table of this database
    const commit = database.commit([put(1, text('a')), foreign]);
    await assert.rejects(commit, /table headers is not one of this database/);
    assert.deepEqual(sequences(database), []);
    await database.commit([put(1, text('a'))]);
    assert.deepEqual(sequences(database), [1]);
    await database.close();
  });

  it('says that the disk is full, keeps nothing, and goes on when there is space', async (context) => {
    const folder = smallDisk(context);
    if (!folder) return;
    const filler = join(folder, 'filler');
    writeFileSync(filler, new Uint8Array(500_000));
    const database = await databaseFile(folder).open();
    let count = 0;
    const fill = async () => {
      for (; count < 100; count++)
        await database.commit([put(count, new Uint8Array(60_000)), put(1000 + count, text('x'))]);
    };
    await assert.rejects(fill(), StorageFullError);
    assert.ok(count > 3);
    assert.equal(sequences(database, { limit: 1000 }).length, 2 * count);
    await assert.rejects(database.commit([put(count, new Uint8Array(60_000))]), StorageFullError);
    rmSync(filler);
    await database.commit([put(count, new Uint8Array(60_000))]);
    assert.equal(sequences(database, { limit: 1000 }).length, 2 * count + 1);
    await database.close();
  });
});

describe('view', () => {
  it('shows one moment, in key order, from either end', async () => {
    const database = await databaseFile().open();
    await database.commit([3, 1, 2].map((sequence) => put(sequence, text('old'))));
    const view = database.view();
    await database.commit([put(2, text('new')), put(4, text('new'))]);
    assert.deepEqual(view.get('mempool', sequenceKey.of({ sequence: 2n })), text('old'));
    assert.equal(view.get('mempool', sequenceKey.of({ sequence: 4n })), undefined);
    view.release();
    assert.deepEqual(sequences(database), [1, 2, 3, 4]);
    assert.deepEqual(sequences(database, { limit: 2, reverse: true }), [4, 3]);
    await database.close();
  });

  it('refuses a read after its release', async () => {
    const database = await databaseFile().open();
    const view = database.view();
    assert.equal(view.get('mempool', sequenceKey.of({ sequence: 1n })), undefined);
    view.release();
    assert.throws(() => view.get('mempool', sequenceKey.of({ sequence: 1n })), /after its release/);
    await database.close();
  });
});

describe('open', () => {
  it('refuses the data of another chain', async () => {
    const { path, open } = databaseFile();
    await (await open()).close();
    const other = Database.open({ path, chainId: new Uint8Array(32).fill(2), tables: NODE_TABLES });
    await assert.rejects(other, (error: Error) => {
      assert.ok(error instanceof DataFolderError);
      assert.match(error.message, /expected data of chain 0202.*, got 0101/);
      return true;
    });
    await (await open()).close();
  });

  it('refuses a newer format', async () => {
    const { open } = databaseFile();
    const database = await open();
    const value = new Encoder(36).u32(2).raw(chainId).finish();
    await database.commit([{ table: 'meta', key: IDENTITY_KEY, value }]);
    await database.close();
    await assert.rejects(open(), { name: 'DataFolderError', message: /expected data of format 1, got format 2/ });
  });

  for (const [situation, damage] of [
    ['a file of something else', (path: string) => writeFileSync(path, 'not a database '.repeat(2000))],
    ['a file that ends in its first page', (path: string) => truncateSync(path, 100)],
    ['a file of zero bytes', (path: string) => writeFileSync(path, new Uint8Array(65_536))],
    ['a file cut after its meta pages', (path: string) => truncateSync(path, 8192)],
    ['a second meta page of something else', (path: string) => overwrite(path, 4096 + 24, [1, 2, 3, 4])],
  ] as const) {
    it(`refuses ${situation}`, async () => {
      const { path, open } = databaseFile();
      const database = await open();
      await database.commit([put(1, new Uint8Array(100_000).fill(7))]);
      await database.close();
      await (await open()).close();
      damage(path);
      await assert.rejects(open(), { name: 'DataFolderError', message: /^database is corrupted: .*expected .*got/ });
    });
  }

  it('finds a changed value at the latest when it is read', async () => {
    const { path, open } = databaseFile();
    const database = await open();
    await database.commit([put(1, text('a value to be damaged')), put(2, text('another'))]);
    await database.close();
    overwrite(path, readFileSync(path).lastIndexOf('to be damaged'), [0x54]);
    await assert.rejects(open(), { name: 'DataFolderError', message: /page \d of mempool: expected the checksum/ });
    const damaged = await Database.open({ path, chainId, tables: NODE_TABLES, check: 'none' });
    const view = damaged.view();
    assert.deepEqual(view.get('mempool', sequenceKey.of({ sequence: 2n })), text('another'));
    assert.throws(
      () => view.get('mempool', sequenceKey.of({ sequence: 1n })),
      (error: Error) => {
        assert.ok(error instanceof CorruptDataError);
        assert.match(error.message, /table mempool, key 0000000000000001: expected the checksum/);
        return true;
      },
    );
    view.release();
    await damaged.close();
  });

  it('says of a page that LMDB cannot follow that it is damaged', async () => {
    const { path, open } = databaseFile();
    const database = await open();
    await database.commit(Array.from({ length: 500 }, (_, index) => put(index, text(`value ${index}`))));
    await database.close();
    const inLeaf = readFileSync(path).lastIndexOf('value 300');
    // Neither a branch nor a leaf.
    overwrite(path, inLeaf - (inLeaf % 4096) + 18, [0x04]);
    const damaged = await Database.open({ path, chainId, tables: NODE_TABLES, check: 'none' });
    const view = damaged.view();
    const from = sequenceKey.of({ sequence: 300n });
    const message = /table mempool, key 000000000000012c: expected pages that LMDB can follow, got MDB_/;
    assert.throws(() => view.get('mempool', from), { name: 'CorruptDataError', message });
    assert.throws(() => view.range('mempool', { from, to: sequenceKey.of({ sequence: 301n }), limit: 1 }), { message });
    view.release();
    await assert.rejects(damaged.commit([put(300, text('changed'))]), { message: /database is corrupted: .*MDB_/ });
    await damaged.close();
  });
});

function overwrite(path: string, offset: number, bytes: readonly number[]): void {
  const file = readFileSync(path);
  file.set(bytes, offset);
  writeFileSync(path, file);
}

/** A folder with 2 MB of space; undefined, and the test skipped, where no file system can be mounted. */
function smallDisk(context: TestContext): string | undefined {
  const mounted: string[] = [];
  // Before the folder asks for its own removal, which comes after this then.
  context.after(() => mounted.forEach((path) => execFileSync('umount', ['-l', path])));
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    context.skip('needs the right to mount a file system of 2 MB');
    return undefined;
  }
  mounted.push(folder);
  return folder;
}
