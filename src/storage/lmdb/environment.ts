import { open, type Database as LmdbTable, type RootDatabase } from 'lmdb';
import { corrupted } from '../pages/databaseFile.js';
import { DataFolderError } from '../dataFolder.js';
import type { TableName } from '../keys.js';
import { chmodSync } from 'node:fs';
import { syncFile } from '../../util/files.js';
import { constants } from 'node:os';

/** Like every file of the data folder, also where a copy of it lies in a folder that others can read. */
const OWNER_ONLY = { permissionsMode: 0o600 };
const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;
/** Views at one time; one more throws MDB_READERS_FULL. Requests share one view for each tip, so a few are the rule. */
const MAX_VIEWS = 1024;

const MDB_MAP_FULL = -30792;
const MDB_BAD_TXN = -30782;
/** MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_VERSION_MISMATCH, MDB_INVALID. */
const CORRUPTION_CODES: ReadonlySet<number> = new Set([-30797, -30796, -30794, -30793]);

/** A table of an open LMDB file, and all of them. */
export type Table = LmdbTable<Uint8Array, Uint8Array>;
export type Tables = ReadonlyMap<TableName, Table>;

/** The table of that name; throws on one that the file was not opened with. */
export function requiredTable(tables: Tables, name: TableName): Table {
  const table = tables.get(name);
  if (!table) throw new Error(`table ${name} is not one of this database`);
  return table;
}

/** How much a database holds, and is read. */
export interface DatabaseUsage {
  readonly fileBytes: number;
  /** Up to the last page that LMDB came to. */
  readonly usedBytes: number;
  /** Of the pages that tables are in; the rest of what is used was freed, and is used again. */
  readonly liveBytes: number;
  /** Views that were not released. Pages that one of them may read are not used again. */
  readonly views: number;
}

type Pages = Record<'pageSize' | 'treeBranchPageCount' | 'treeLeafPageCount' | 'overflowPages', number>;

/** Bytes of the pages that tables are in. */
export function liveBytesOf(tables: Tables): number {
  let sum = 0;
  for (const table of tables.values()) {
    const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } = table.getStats() as Pages;
    sum += (treeBranchPageCount + treeLeafPageCount + overflowPages) * pageSize;
  }
  return sum;
}

/** An LMDB file that is open, and its tables. */
export interface Environment {
  readonly root: RootDatabase;
  readonly tables: Tables;
}

/** Opens an LMDB file that another process writes. Throws DataFolderError. */
export function openForReading(path: string, names: readonly TableName[]): Environment {
  return openFile(path, names, { readOnly: true });
}

/** Opens or makes an LMDB file with its tables; settings are explained at Database. Throws DataFolderError. */
export function openEnvironment(path: string, names: readonly TableName[]): Environment {
  return openFile(path, names, {});
}

function openFile(path: string, names: readonly TableName[], how: { readonly readOnly?: true }): Environment {
  try {
    const root = open({
      path,
      noSubdir: true,
      overlappingSync: false,
      eventTurnBatching: false,
      maxDbs: names.length,
      maxReaders: MAX_VIEWS,
      ...OWNER_ONLY,
      ...BINARY,
      ...how,
    });
    const tables = new Map(
      names.map((name) => [name, root.openDB<Uint8Array, Uint8Array>({ name, ...BINARY })] as const),
    );
    return { root, tables };
  } catch (error) {
    const { message } = error as LmdbError;
    if (isCorruption(error)) throw corrupted(path, 'an LMDB file', message);
    throw new DataFolderError(`${path}: expected a database that opens, got ${message}`, { cause: error });
  }
}

/**
 * Copies an LMDB file as of one moment, to a new file that is on disk when this resolves; another process may go on writing to it.
 * The copy has the pages as they are, damaged ones too.
 */
export async function copyDatabase(path: string, target: string): Promise<void> {
  const environment = open({ path, noSubdir: true, readOnly: true, ...BINARY });
  try {
    await environment.backup(target, false);
  } finally {
    await environment.close();
  }
  // LMDB makes it for everybody to read.
  chmodSync(target, 0o600);
  syncFile(target);
}

/** What lmdb throws: `code` is an errno or an LMDB code. */
export interface LmdbError extends Error {
  readonly code?: number;
}

/** True for an error of lmdb that says that its pages are not what it wrote. */
export function isCorruption(error: unknown): error is LmdbError {
  return CORRUPTION_CODES.has((error as LmdbError | undefined)?.code ?? 0);
}

/** As isCorruption, of a read; a view in which one read failed for that refuses all others. */
export function isUnreadable(error: unknown): error is LmdbError {
  return isCorruption(error) || (error as LmdbError | undefined)?.code === MDB_BAD_TXN;
}

/**
 * True if an LMDB commit failed for want of space. `code` is an errno or an LMDB code. LMDB reports a page that was written
 * in part as EIO, and a transaction that failed before its last operation as MDB_BAD_TXN; those two mean a full disk if less
 * is free than the commit may need.
 */
export function isOutOfSpace(code: number | undefined, freeBytes: number, neededBytes: number): boolean {
  switch (code) {
    case constants.errno.ENOSPC:
    case constants.errno.EDQUOT:
    case constants.errno.EFBIG:
    case MDB_MAP_FULL:
      return true;
    case constants.errno.EIO:
    case MDB_BAD_TXN:
      return freeBytes < neededBytes;
    case undefined:
    default:
      return false;
  }
}

/** lmdb rejects a commit with a general error that carries a promise of the reason. */
export async function commitCause(error: unknown): Promise<LmdbError | NodeJS.ErrnoException> {
  const reason = (error as { readonly commitError?: Promise<never> }).commitError;
  return (await reason?.catch((cause: unknown) => cause as LmdbError)) ?? (error as LmdbError);
}

/** What lmdb gives as a number and Node.js as a name. */
export function errorNumber({ code }: LmdbError | NodeJS.ErrnoException): number | undefined {
  return typeof code === 'string' ? constants.errno[code as keyof typeof constants.errno] : code;
}
