import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { createSecretFile, readSecretFile } from '../wallet/secretFile.js';

/** File in the data folder that holds the admin token. */
export const ADMIN_TOKEN_FILE = 'admin.token';

/**
 * The admin token of a data folder: 32 random bytes in hexadecimal, made on first use in a file that only its owner can read.
 * Throws RangeError if the file holds anything else.
 */
export async function loadAdminToken(dataFolder: string): Promise<string> {
  const path = join(dataFolder, ADMIN_TOKEN_FILE);
  const text = await readSecretFile(path);
  if (text === undefined) {
    const token = randomBytes(32).toString('hex');
    return (await createSecretFile(path, `${token}\n`)) ? token : loadAdminToken(dataFolder);
  }
  const kept = text.trim();
  if (!/^[0-9a-f]{64}$/.test(kept)) {
    throw new RangeError(
      `${path}: expected 64 hexadecimal characters, got something else; delete the file and a new token is made`,
    );
  }
  return kept;
}

/** True if an Authorization header carries the token. Takes the same time whatever is wrong with it. */
export function carriesToken(authorization: string | undefined, token: string): boolean {
  if (authorization === undefined) return false;
  // RFC 9110, 11.1: the scheme has no case, and blanks may be several.
  const carried = /^bearer +(.*)$/i.exec(authorization.trim())?.[1] ?? '';
  // Digests, because only byte strings of one length can be compared in constant time.
  return timingSafeEqual(sha256(carried), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
