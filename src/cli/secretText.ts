import { buffer } from 'node:stream/consumers';
import { readSecretBytes } from '../wallet/secretFile.js';
import { decodeText } from './textFile.js';

/**
 * Text of a file that holds a secret, or of standard input where the path is `-`: UTF-8, its byte order mark left out. Throws what reading
 * throws, and RangeError for other bytes or for a file that others can read.
 */
export async function readSecretText(path: string): Promise<string> {
  return decodeText(path === '-' ? await buffer(process.stdin) : await readSecretBytes(path));
}

/** What reading a file refused, without the path where it begins with that, since a command names it. Throws what is a bug instead. */
export function reasonOf(error: unknown, path: string | undefined): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof RangeError) && code === undefined) throw error;
  return path !== undefined && message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
}
