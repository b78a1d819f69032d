import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { checksAll, pageFault, type CheckExtent, type PageFile } from './walk.js';
import { DataFolderError } from '../dataFolder.js';
import { LITTLE_ENDIAN, readTreeRecord } from './format.js';

const META_BYTES = 160;
const META_PAGE = 0x08;
const MAGIC = 0xbeef_c0de;
const DATA_FORMAT = 2;

/**
 * Checks an LMDB file before LMDB maps it, because LMDB believes what the file says: the two meta pages, and other pages to the given
 * extent. A missing or empty file passes. Returns whether every page was checked. Throws DataFolderError for a file that LMDB did not
 * write, or that has a table that is not one of `tables`.
 */
export function checkDatabaseFile(path: string, tables: ReadonlySet<string>, extent: CheckExtent): boolean {
  const file = openExisting(path);
  if (file === undefined) return true;
  try {
    const size = fstatSync(file).size;
    if (size === 0) return true;
    const newest = readNewestMeta(file, path);
    const expected = (newest.lastPage + 1) * newest.pageBytes;
    // LMDB may leave unused pages at the end unwritten, so a short file may be whole. If it was cut, a read of the map
    // beyond its end would kill the process; of zero bytes, it is an error like any other.
    if (size < expected) ftruncateSync(file, expected);
    checkTrees(file, path, newest, tables, extent);
    return checksAll(extent, newest.lastPage);
  } finally {
    closeSync(file);
  }
}

/** Checks every page of an LMDB file that may be in use. Throws as checkDatabaseFile. */
export function checkMappedFile(path: string, tables: ReadonlySet<string>): void {
  const file = openSync(path, 'r');
  try {
    checkTrees(file, path, readNewestMeta(file, path), tables, 'whole');
  } finally {
    closeSync(file);
  }
}

function readNewestMeta(file: number, path: string): Meta {
  const first = readMeta(file, path, 0);
  const second = readMeta(file, path, first.pageBytes);
  const newest = second.transactionId > first.transactionId ? second : first;
  checkTransactionIds(path, first.transactionId, second.transactionId);
  const expected = (newest.lastPage + 1) * first.pageBytes;
  if (expected > newest.mapBytes) throw corrupted(path, `at most ${newest.mapBytes} bytes of pages`, `${expected}`);
  return newest;
}

function checkTrees(file: number, path: string, newest: Meta, tables: ReadonlySet<string>, extent: CheckExtent): void {
  const fault = pageFault({ ...newest, file }, tables, extent);
  if (fault !== undefined) throw new DataFolderError(`database is corrupted: ${path}: ${fault}`);
}

/** Transaction n writes meta page n mod 2, so parity shows which of the two is newer. */
function checkTransactionIds(path: string, first: bigint, second: bigint): void {
  if (first === 0n && second === 0n) return;
  const isSecond = second > first;
  const [older, newer] = isSecond ? [first, second] : [second, first];
  if (newer - older === 1n && newer % 2n === (isSecond ? 1n : 0n)) return;
  throw corrupted(path, 'meta pages of two transactions in a row', `${first} and ${second}`);
}

/** Error for a file that a node cannot have written so. */
export function corrupted(path: string, expected: string, got: string): DataFolderError {
  return new DataFolderError(`database is corrupted: ${path}: expected ${expected}, got ${got}`);
}

type Meta = Omit<PageFile, 'file'> & { readonly mapBytes: number };

/** Fields of MDB_page and MDB_meta in LMDB's data format 2, in the byte order of the machine that wrote them. */
function readMeta(file: number, path: string, offset: number): Meta {
  const bytes = new DataView(new ArrayBuffer(META_BYTES));
  const count = readSync(file, bytes, 0, META_BYTES, offset);
  if (count < META_BYTES) throw corrupted(path, `a meta page at byte ${offset}`, `${count} bytes`);
  const magic = bytes.getUint32(24, LITTLE_ENDIAN);
  if (magic !== MAGIC) throw corrupted(path, `the LMDB magic at byte ${offset + 24}`, `0x${magic.toString(16)}`);
  const flags = bytes.getUint16(18, LITTLE_ENDIAN);
  if ((flags & META_PAGE) === 0)
    throw corrupted(path, `a meta page at byte ${offset}`, `flags 0x${flags.toString(16)}`);
  const version = bytes.getUint16(28, LITTLE_ENDIAN);
  if (version !== DATA_FORMAT) throw corrupted(path, `LMDB data format ${DATA_FORMAT}`, `${version}`);
  const pageBytes = bytes.getUint32(48, LITTLE_ENDIAN);
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) {
    throw corrupted(path, 'a page size from 512 to 65536', `${pageBytes}`);
  }
  return {
    pageBytes,
    mapBytes: Number(bytes.getBigUint64(40, LITTLE_ENDIAN)),
    freeTree: readTreeRecord(bytes, 48),
    mainTree: readTreeRecord(bytes, 96),
    lastPage: Number(bytes.getBigUint64(144, LITTLE_ENDIAN)),
    transactionId: bytes.getBigUint64(152, LITTLE_ENDIAN),
  };
}

function openExisting(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DataFolderError(`${path}: expected a file that can be read and written, got ${String(cause)}`, { cause });
  }
}
