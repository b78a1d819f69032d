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
