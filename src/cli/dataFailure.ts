import { StorageFullError, StorageLostError } from '../chain/chainStore.js';
import { ChainDamageError } from '../node/chainDamageError.js';
import { CorruptDataError } from '../storage/database.js';
import { DataFolderError } from '../storage/dataFolderError.js';
import { Failure } from './failure.js';

/** What a data folder, a file or the disk can have caused, as one line; undefined for anything else, which is a bug and shows its stack. */
export function dataFailure(error: unknown, folder: string): Failure | undefined {
  const { message, path, syscall } = error as NodeJS.ErrnoException;
  // These name the file themselves.
  if (
    error instanceof DataFolderError ||
    error instanceof StorageFullError ||
    error instanceof StorageLostError ||
    error instanceof RangeError ||
    path !== undefined
  )
    return new Failure(message);
  const ofTheFolder =
    error instanceof CorruptDataError ||
    error instanceof ChainDamageError ||
    syscall !== undefined ||
    message.startsWith('MDB_');
  return ofTheFolder ? new Failure(`data folder ${folder}: ${message}`) : undefined;
}
