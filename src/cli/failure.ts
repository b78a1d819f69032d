import { ChainFileError } from '../audit/chainFile.js';
import { StorageError } from '../chain/chainStore.js';
import { InvariantError } from '../util/invariant.js';

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

  /** `cause`: the stack of an InvariantError, which is a bug, is shown before the line. */
  constructor(message: string, exitCode: ExitCode = 1, cause?: Error) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** Why a file or folder could not be used, without its path: in words where the system refused it, else as the error says. */
export function inWords(error: unknown): string {
  const { code = '', syscall, message } = error as NodeJS.ErrnoException;
  return (syscall !== undefined && SYSTEM_REASONS[code]) || message;
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this account has no permission',
  EEXIST: 'it exists',
  EISDIR: 'it is a folder',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space is left there',
  ENOTDIR: 'a folder of this path is a file',
  EPERM: 'this account has no permission',
  EROFS: 'its file system is read-only',
};

/** What a data folder, a file or the disk can have caused, as one line; undefined for anything else, which is a bug and shows its stack. */
export function dataFailure(error: unknown, folder: string): Failure | undefined {
  const { message, path, syscall } = error as NodeJS.ErrnoException;
  const isOfStorage = error instanceof StorageError;
  if (isOfStorage ? error.namesFile : error instanceof RangeError) return new Failure(message);
  if (error instanceof ChainFileError) {
    const { code } = error.cause as NodeJS.ErrnoException;
    return new Failure(code === 'EEXIST' ? message : `${error.path}: ${inWords(error.cause)}`);
  }
  if (!isOfStorage && path !== undefined) return new Failure(`${path}: ${inWords(error)}`);
  if (error instanceof InvariantError) {
    const line = `data folder ${folder}: ${message}; a bug or faulty memory, and nothing was written from then on`;
    return new Failure(line, 1, error);
  }
  const isOfTheFolder = isOfStorage || syscall !== undefined || message.startsWith('MDB_');
  return isOfTheFolder ? new Failure(`data folder ${folder}: ${inWords(error)}`) : undefined;
}
