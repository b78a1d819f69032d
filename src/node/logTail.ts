import type { LogLine } from '../graphql/services.js';
import { MAX_LOG_LINES } from '../graphql/page.js';

/** Of all lines together, so that long ones cannot fill the memory. */
const MAX_CHARACTERS = 1024 * 1024;
const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** The last lines of the log, in memory: MAX_LOG_LINES, and fewer of long ones. */
export class LogTail {
  readonly #entries: string[] = [];
  #characters = 0;

  /** Takes an entry as pino writes it: one object in JSON. */
  add(entry: string): void {
    this.#entries.push(entry);
    this.#characters += entry.length;
    while (this.#entries.length > MAX_LOG_LINES || this.#characters > MAX_CHARACTERS) {
      this.#characters -= this.#entries.shift()!.length;
    }
  }

  /** The last ones, the oldest first. */
  last(count: number): LogLine[] {
    return this.#entries.slice(-count).map((entry) => {
      const { level, time, msg = '', ...details } = JSON.parse(entry) as Entry;
      const text = Object.keys(details).length === 0 ? '' : JSON.stringify(details);
      return { at: time, level: LEVELS[level] ?? `${level}`, message: msg, details: text };
    });
  }
}

interface Entry {
  readonly level: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly msg?: string;
}
