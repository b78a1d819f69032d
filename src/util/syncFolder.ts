import { closeSync, fsyncSync, openSync } from 'node:fs';
import { platform } from 'node:os';

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

/** Puts the contents of a file on disk. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
