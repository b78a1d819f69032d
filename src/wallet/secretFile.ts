import { constants, type Stats } from 'node:fs';
import { link, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { fromHex, toHex } from '../crypto/bytes.js';
import { generateKeyPair, keyPairFromSeed, type KeyPair } from '../crypto/ed25519.js';
import { syncFolder } from '../util/files.js';

/** Throws RangeError that names the remedy if others can read or write this file. */
export function refuseShared(path: string, stats: Stats, remedy = `run: chmod 600 ${quoted(path)}`): void {
  // A pipe or a terminal has no lasting contents. Windows has other permissions, which a mode does not show.
  if (!stats.isFile() || (stats.mode & 0o077) === 0 || platform() === 'win32') return;
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
  throw new RangeError(`${path}: expected a file that only its owner can read, got mode ${mode}; ${remedy}`);
}

/** Bytes of a file that holds a secret. Throws RangeError that names the remedy if others can read it, and what reading throws. */
export async function readSecretBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    refuseShared(path, await file.stat());
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Text of a file that holds a secret, undefined if there is none. Throws as readSecretBytes, and RangeError for a link to nothing. */
export async function readSecretFile(path: string): Promise<string | undefined> {
  try {
    return (await readSecretBytes(path)).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // Such a name can neither be read nor be made.
  if (!(await isLink(path))) return undefined;
  throw new RangeError(`${path}: expected a file or nothing, got a link to a file that is not there; remove the link`);
}

/**
 * Makes a file that only its owner reads, whole and on disk, or not at all. False if there is a file of this name already: it is
 * never replaced, not even by a race, because a link is made once. Throws what writing throws, and RangeError on a file system where
 * others can read every file. `makeLink` stands for a file system's own in tests.
 */
export async function createSecretFile(path: string, text: string, makeLink = link): Promise<boolean> {
  const temporary = await writeBeside(path, text);
  try {
    try {
      await makeLink(temporary, path);
    } catch (error) {
      if (!NO_HARD_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      // No chmod would help, and the next reader would refuse it.
      refuseShared(path, await stat(temporary), 'a file system without permissions cannot keep it');
      // The name is taken first, which also happens once; until the next line it is an empty file.
      await (await open(path, CREATE_NEW, 0o600)).close();
      await rename(temporary, path);
    }
    syncFolder(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Puts a new text, whole and on disk, in the place of a secret file; after a failure the old one is there. */
export async function replaceSecretFile(path: string, text: string): Promise<void> {
  // A link to it stays one.
  await putFile(await realpath(path), text);
}

/** Puts a file that only its owner reads, whole and on disk, in the place of what has its name; after a failure that is as it was. */
export async function putFile(path: string, text: string): Promise<void> {
  const temporary = await writeBeside(path, text);
  try {
    await rename(temporary, path);
    syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeBeside(path: string, text: string): Promise<string> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, CREATE_NEW, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(temporary);
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** As a shell takes it for one word. */
export function quoted(path: string): string {
  return /^[\w./+:@%=][\w./~+:@%=-]*$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

const CREATE_NEW = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
/** What file systems without hard links answer: FAT, exFAT, some network file systems. */
const NO_HARD_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Key pair that names this node to others, from the file, which is made with a new one the first time. Throws RangeError. */
export async function loadIdentity(path: string): Promise<KeyPair> {
  const text = await readSecretFile(path);
  if (text === undefined) {
    const keyPair = generateKeyPair();
    if (await createSecretFile(path, `${toHex(keyPair.seed)}\n`)) return keyPair;
    return loadIdentity(path);
  }
  if (!/^[0-9a-f]{64}\s*$/.test(text)) {
    throw new RangeError(`${path}: expected 64 hexadecimal characters, got something else`);
  }
  return keyPairFromSeed(fromHex(text.trim()));
}
