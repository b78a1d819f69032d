import { constants } from 'node:os';

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
