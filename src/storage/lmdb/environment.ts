import { open, type RootDatabase } from 'lmdb';
import { corrupted } from '../pages/databaseFile.js';
import type { Tables } from './databaseView.js';
import { DataFolderError } from '../dataFolder.js';
import type { TableName } from '../keys.js';
import { isCorruption, type LmdbError } from './errors.js';
import { chmodSync } from 'node:fs';
import { syncFile } from '../../util/files.js';

/** Opens or makes an LMDB file with its tables; settings are explained at Database. Throws DataFolderError. */
export function openEnvironment(
  path: string,
  names: readonly TableName[],
): { readonly root: RootDatabase; readonly tables: Tables } {
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

/** Like every file of the data folder, also where a copy of it lies in a folder that others can read. */
const OWNER_ONLY = { permissionsMode: 0o600 };
const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;
/** Views at one time; one more throws MDB_READERS_FULL. Requests share one view for each tip, so a few are the rule. */
const MAX_VIEWS = 1024;

/**
 * Copies an LMDB file as of one moment, to a new file that is on disk when this resolves; another process may go on writing to it.
 * The copy has the pages as they are, damaged ones too.
 */
export async function copyDatabase(path: string, target: string): Promise<void> {
  const environment = open({ path, noSubdir: true, readOnly: true, encoding: 'binary', keyEncoding: 'binary' });
  try {
    await environment.backup(target, false);
  } finally {
    await environment.close();
  }
  // LMDB makes it for everybody to read.
  chmodSync(target, 0o600);
  syncFile(target);
}
