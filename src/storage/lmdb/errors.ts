import { constants } from 'node:os';

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

const MDB_MAP_FULL = -30792;
const MDB_BAD_TXN = -30782;
/** MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_VERSION_MISMATCH, MDB_INVALID. */
const CORRUPTION_CODES: ReadonlySet<number> = new Set([-30797, -30796, -30794, -30793]);
