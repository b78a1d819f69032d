import { statSync } from 'node:fs';

/** Number of the file that is at this path, undefined if there is none. */
export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Whether the file at this path has this number. One that the system does not let this process look at now is not taken for another. */
export function isSameFile(path: string, inode: number | undefined): boolean {
  try {
    return inodeOf(path) === inode;
  } catch (error) {
    // A folder on the way is a file: nothing is there. No permission, or a network file system that does not answer, tells nothing.
    return (error as NodeJS.ErrnoException).code !== 'ENOTDIR';
  }
}
