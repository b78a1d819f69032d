import { chmodSync } from 'node:fs';
import { open } from 'lmdb';
import { syncFile } from '../../util/syncFolder.js';

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
