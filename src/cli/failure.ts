import { StorageFullError, StorageLostError } from '../chain/chainStore.js';
import { ChainDamageError } from '../audit/storedBlock.js';
import { CorruptDataError } from '../storage/lmdb/database.js';
import { DataFolderError } from '../storage/dataFolder.js';

/** How a command that fell short ends. */
export type ExitCode =
  /** It was refused or could not be done. */
  | 1
  /** It was not understood. */
  | 2
  /** In doubt: a signed transfer may have left, and its fate is not known. */
  | 3;

/** An expected failure of a command: one line on stderr and this exit code, no stack. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

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
