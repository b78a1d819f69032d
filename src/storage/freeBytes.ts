import { statfsSync } from 'node:fs';

/** Free space of the file system that holds this path; not a number while the system does not say. */
export function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return NaN;
  }
}
