import { closeSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { tryLock, unlock } from 'fs-native-extensions';
import { StorageError } from '../chain/chainStore.js';
import { inodeOf, isSameFile, makeFolders, syncFolder } from '../util/files.js';

/** Names of the databases of a data folder. */
export const CHAIN_FILE = 'chain.mdb';
export const NODE_FILE = 'node.mdb';

/** A folder that this process alone uses until it is closed. */
export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  readonly chainPath: string;
  readonly nodePath: string;
  /** An error if other processes can use the folder now: its lock file was replaced or deleted. */
  lost(): Error | undefined;
  /** Lets others use the folder; close the databases in it first. */
  close(): void;
}

/**
 * Creates the folder, readable by its owner only, where it is missing, and locks it. Throws DataFolderError if another node
 * uses it or it cannot be created. The kernel ends the lock with the process, so a killed node leaves nothing to clean up.
 */
export function openDataFolder(path: string): DataFolder {
  const folder = resolve(path);
  const lock = openLock(folder);
  if (!tryLock(lock)) {
    closeSync(lock);
    throw new FolderInUseError(`data folder ${folder}: expected to be its only user, got a node that is running in it`);
  }
  let open = true;
  const lockPath = join(folder, 'lock');
  const inode = inodeOf(lockPath);
  return {
    path: folder,
    chainPath: join(folder, CHAIN_FILE),
    nodePath: join(folder, NODE_FILE),
    lost: () => {
      if (isSameFile(lockPath, inode)) return undefined;
      return new DataFolderError(`${lockPath}: expected the file that this node locked, got another or none`);
    },
    close: () => {
      if (!open) return;
      open = false;
      unlock(lock);
      closeSync(lock);
    },
  };
}

function openLock(folder: string): number {
  try {
    const created = makeFolders(folder, 0o700);
    if (created !== undefined) syncFolder(dirname(created));
    return openSync(join(folder, 'lock'), 'a', 0o600);
  } catch (cause) {
    throw new DataFolderError(`data folder ${folder}: expected a writable folder, got ${refusalOf(folder, cause)}`, {
      cause,
    });
  }
}

function refusalOf(folder: string, cause: unknown): string {
  const { code, path } = cause as NodeJS.ErrnoException;
  // There is something that is no folder.
  if (code === 'EEXIST') return 'a file';
  return code === undefined ? String(cause) : `${code} at ${path ?? folder}`;
}

/** The data folder cannot be used as it is: in use, of another chain, of a newer format, or damaged. The message has expected and got. */
export class DataFolderError extends StorageError {
  override readonly name = 'DataFolderError';
}

/** A database of another chain than the one that is asked for. */
export class WrongChainError extends DataFolderError {}

/** Another process uses the data folder. */
export class FolderInUseError extends DataFolderError {}
