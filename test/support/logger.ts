import { pino, type Logger } from 'pino';

/** One line of a node's log. */
export type LogLine = Record<string, unknown> & { readonly msg?: string };

/** A logger that keeps its lines in `lines` and prints nothing. */
export function silentLogger(lines: LogLine[] = []): Logger {
  return pino({ level: 'trace' }, { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) });
}
