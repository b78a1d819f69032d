import { constants } from 'node:fs';
import { link, open, readFile, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { platform } from 'node:os';
import { dirname } from 'node:path';

/** Text of a file, undefined if there is none. */
export async function readSecretFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Makes a file that only its owner reads, whole and on disk, or not at all. False if there is a file of this name already: it is
 * never replaced, not even by a race, because a link is made once.
 */
export async function createSecretFile(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(temporary, path);
    await syncNames(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary);
  }
}

/** Without it, a power cut may take a new file whose contents were synced. Not on Windows, which keeps names in its own journal. */
async function syncNames(folder: string): Promise<void> {
  if (platform() === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
