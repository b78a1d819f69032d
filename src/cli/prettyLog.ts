import pretty from 'pino-pretty';

/** One readable line a log entry, on standard error. */
export function pinoPretty(): pretty.PrettyStream {
  return pretty({
    destination: 2,
    sync: true,
    singleLine: true,
    colorize: process.stderr.isTTY,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
  });
}
