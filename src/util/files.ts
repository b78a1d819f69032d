import { closeSync, fsyncSync, mkdirSync, openSync, statfsSync, statSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname } from 'node:path';

/** Puts the names in a folder on disk: without it, a power cut may take a new file whose contents were synced. */
export function syncFolder(path: string): void {
  // Windows has no such call, and keeps names in its own journal.
  if (platform() === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Makes a folder, and those above it that are missing; returns the uppermost that it made. Not by `recursive`: where the system says of a
 * folder that is there that nothing can be made in it, as in /proc, Node.js 20 tries again for ever.
 */
export function makeFolders(path: string, mode: number): string | undefined {
  if (isFolder(path)) return undefined;
  const above = dirname(path);
  const uppermost = above === path ? undefined : makeFolders(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(path)) throw error;
  }
  return uppermost ?? path;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Puts the contents of a file on disk. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Of a file system; not numbers while the system does not say. */
export interface Space {
  /** What this user may still take. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** The space of the file system that holds this path. */
export function spaceOf(path: string): Space {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return { freeBytes: NaN, totalBytes: NaN };
  }
}

/** Free space of the file system that holds this path; not a number while the system does not say. */
export function freeBytes(path: string): number {
  return spaceOf(path).freeBytes;
}

/** Number of the file that is at this path, undefined if there is no file. */
export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Whether the file at this path has this number. One that the system does not let this process look at now is not taken for another. */
export function isSameFile(path: string, inode: number | undefined): boolean {
  try {
    return inodeOf(path) === inode;
  } catch (error) {
    // A folder on the way is a file: nothing is there. No permission, or a network file system that does not answer, proves nothing.
    return (error as NodeJS.ErrnoException).code !== 'ENOTDIR';
  }
}
