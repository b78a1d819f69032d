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
