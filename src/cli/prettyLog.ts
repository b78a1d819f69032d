import { Writable } from 'node:stream';
import pretty from 'pino-pretty';

/** One readable line a log entry, on standard error. */
export function pinoPretty(): pretty.PrettyStream {
  return pretty({
    destination: process.stderr.isTTY ? aboveBar() : 2,
    sync: true,
    singleLine: true,
    colorize: process.stderr.isTTY,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    ignore: 'pid,hostname',
  });
}

/**
 * A log entry, one line of JSON, in which no character is unseen: what a stranger sent could turn the direction of a line, or hide in
 * it. As JSON has it, so that the entry stays the same; doubled for people, who read it after it was parsed.
 */
export function withoutUnseen(entry: string, format: 'json' | 'pretty'): string {
  const escape = format === 'json' ? '\\u' : '\\\\u';
  return entry.replace(UNSEEN, (character) => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `${escape}${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/** A progress bar may stand on the terminal's last line: it is erased, and drawn again below. */
function aboveBar(): Writable {
  return new Writable({
    write: (line: Buffer, _encoding, done) => {
      process.stderr.write(`${ERASE_LINE}${line.toString()}`);
      done();
    },
  });
}

/** Carriage return, and the control sequence that erases to the end of the line (ECMA-48 EL). */
const ERASE_LINE = '\r\u001b[K';
/** Format characters (directions, zero widths, tags), the upper control characters, line and paragraph separator. */
const UNSEEN = /[\p{Cf}\u0080-\u009f\u2028\u2029]/gu;
