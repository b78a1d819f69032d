import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { CheckExtent } from '../../src/storage/pages/walk.js';
import { checkDatabaseFile } from '../../src/storage/pages/databaseFile.js';
import { CHAIN_TABLES } from '../../src/storage/keys.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { makeFolder } from './damagedFolder.js';

const PAGE_BYTES = 4096;

/** Damage that would leave LMDB with pages it believes: it would show old or other data, or end the process. */
describe('a page that is whole but not the right one', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'damaged.mdb');
  let whole: Buffer;

  before(async () => {
    mkdirSync(join(folder, 'whole'));
    await makeFolder(join(folder, 'whole'));
    whole = readFileSync(join(folder, 'whole', 'chain.mdb'));
  });

  /** Writes the file as altered by `change`, and checks it. */
  function check(change: (bytes: Buffer) => void, extent: CheckExtent = 'whole'): void {
    const bytes = Buffer.from(whole);
    change(bytes);
    rmSync(path, { force: true });
    writeFileSync(path, bytes);
    checkDatabaseFile(path, new Set<string>(CHAIN_TABLES), extent);
  }

  function refused(change: (bytes: Buffer) => void, message: RegExp): void {
    check(() => undefined);
    assert.throws(() => check(change), { name: 'DataFolderError', message });
  }

  it('a last commit whose meta page lost its number is not taken back', () => {
    refused((bytes) => bytes.writeBigUInt64LE(2n, newestMeta(bytes) + 152), /meta pages of two transactions in a row/);
  });

  it('the root of an earlier commit does not pass for that of the last', () => {
    refused((bytes) => {
      const [newest, older] = [newestMeta(bytes), PAGE_BYTES - newestMeta(bytes)];
      bytes.copy(bytes, newest + 136, older + 136, older + 144);
    }, /database is corrupted: .*: expected .*, got/);
  });

  it('a page in use is not in the list of free pages', () => {
    refused((bytes) => {
      const root = Number(bytes.readBigUInt64LE(newestMeta(bytes) + 136));
      const freeRoot = PAGE_BYTES * Number(bytes.readBigUInt64LE(newestMeta(bytes) + 88));
      // First node of the leaf: header 8, key 8, count 8, then page numbers.
      const list = freeRoot + 24 + bytes.readUInt16LE(freeRoot + 24) + 24;
      bytes.writeBigUInt64LE(BigInt(root), list);
    }, /list of free pages: expected each page used once, got page \d+ again/);
  });

  it('a table is not taken for a new one because its name was changed', () => {
    refused((bytes) => {
      const root = PAGE_BYTES * Number(bytes.readBigUInt64LE(newestMeta(bytes) + 136));
      bytes.write('undp', bytes.indexOf('undo', root));
    }, /expected a table of format 1, got "undp"/);
  });

  it('a page from after the last commit is not changed in place', () => {
    refused((bytes) => {
      const root = PAGE_BYTES * Number(bytes.readBigUInt64LE(newestMeta(bytes) + 136));
      bytes.writeBigUInt64LE(1_000n, root + 8);
    }, /expected a page of transaction \d+ or before, got 1000/);
  });

  it('of a file too long to be read through, the roots are checked', () => {
    const lengthen = (bytes: Buffer) => {
      bytes.writeBigUInt64LE(BigInt(1_001 * PAGE_BYTES), newestMeta(bytes) + 40);
      bytes.writeBigUInt64LE(1_000n, newestMeta(bytes) + 144);
    };
    const damageRoot = (bytes: Buffer) => {
      lengthen(bytes);
      bytes[PAGE_BYTES * Number(bytes.readBigUInt64LE(newestMeta(bytes) + 136))]! ^= 1;
    };
    check(lengthen, 'quick');
    assert.throws(() => check(damageRoot, 'quick'), { message: /expected page number \d+, got \d+/ });
    check(damageRoot, 'none');
  });
});

/** Offset of the meta page of the last commit. */
function newestMeta(bytes: Buffer): number {
  return bytes.readBigUInt64LE(152) > bytes.readBigUInt64LE(PAGE_BYTES + 152) ? 0 : PAGE_BYTES;
}
