import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { readSecretBytes } from '../wallet/secretFile.js';
import { inWords } from './failure.js';

/**
 * Text that a person wrote: UTF-8, its byte order mark left out. Throws RangeError for other bytes: their text would
 * be lost, and a replacement character signed for good.
 */
export function decodeText(bytes: Uint8Array): string {
  const utf16 = UTF_16_MARKS.some((mark) => mark.every((byte, index) => bytes[index] === byte));
  if (utf16) throw new RangeError('expected text in UTF-8, got UTF-16: save it as UTF-8');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RangeError(`expected text in UTF-8, got other bytes in line ${firstBrokenLine(bytes)}: save it as UTF-8`);
  }
}

/** The text of a file, as decodeText reads it. Throws as readFile does, and RangeError. */
export async function readText(path: string): Promise<string> {
  return decodeText(await readFile(path));
}

function firstBrokenLine(bytes: Uint8Array): number {
  for (let line = 1, start = 0; ; line++) {
    const end = bytes.indexOf(LINE_FEED, start);
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end < 0) return line;
    start = end + 1;
  }
}

const LINE_FEED = 0x0a;
const UTF_16_MARKS = [
  [0xff, 0xfe],
  [0xfe, 0xff],
];

/**
 * Text of a file that holds a secret, or of standard input where the path is `-`: UTF-8, its byte order mark left out. Throws what reading
 * throws, and RangeError for other bytes or for a file that others can read.
 */
export async function readSecretText(path: string): Promise<string> {
  return decodeText(path === '-' ? await buffer(process.stdin) : await readSecretBytes(path));
}

/** Why a file could not be read, without the path at its start, since a command names it. Throws the error again if it is a bug. */
export function reasonOf(error: unknown, path: string | undefined): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof RangeError) && code === undefined) throw error;
  if (!(error instanceof RangeError)) return inWords(error);
  return path !== undefined && message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
}
