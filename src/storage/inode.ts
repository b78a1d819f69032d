import { statSync } from 'node:fs';

/** Number of the file that is at this path, undefined if there is none. */
export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
