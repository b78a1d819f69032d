import { pino, type Logger } from 'pino';
import type { LogTail } from '../../src/node/logTail.js';

/** One line of a node's log. */
export type LogLine = Record<string, unknown> & { readonly msg?: string };

/** A logger that keeps its lines in `lines`, and in `tail`, and prints nothing. */
export function silentLogger(lines: LogLine[] = [], tail?: Pick<LogTail, 'add'>): Logger {
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as LogLine);
    tail?.add(line);
  };
  return pino({ level: 'trace' }, { write });
}
