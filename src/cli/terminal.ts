import { SingleBar } from 'cli-progress';
import type { SyncProgress } from '../peers/sync/sync.js';
import { Writable } from 'node:stream';
import pretty from 'pino-pretty';
import { Failure } from './failure.js';

/** Progress of a long command on standard error: a bar with speed and time left in a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #bar: SingleBar;
  readonly #started = performance.now();
  readonly #from: number;
  readonly #what: string;
  readonly #unit: string;
  readonly #timeLeft: ((left: number) => string) | undefined;
  /** Kept here, too: without a terminal the bar has no total. */
  #total: number;
  #saidAt = performance.now();

  /** `from`: where this run goes on. `timeLeft`: what to expect of so many that are left, where the speed says nothing of it. */
  constructor(what: string, total: number, from = 0, unit = 'blocks', timeLeft?: (left: number) => string) {
    this.#from = from;
    this.#total = total;
    this.#what = what;
    this.#unit = unit;
    this.#timeLeft = timeLeft;
    this.#bar = new SingleBar({
      format: `${what} {bar} {percentage} %  {value}/{total} ${unit}  {pace}`,
      stream: process.stderr,
      noTTYOutput: false,
      hideCursor: true,
    });
    this.#bar.start(total, from, { pace: '' });
  }

  update(value: number): void {
    const total = this.#total;
    this.#bar.update(value, { pace: this.#timeLeft?.(total - value) ?? this.#pace(value, total) });
    if (process.stderr.isTTY || performance.now() - this.#saidAt < SAID_EVERY_MS) return;
    this.#saidAt = performance.now();
    process.stderr.write(`${this.#what} ${value}/${total} ${this.#unit}\n`);
  }

  setTotal(total: number): void {
    this.#total = total;
    this.#bar.setTotal(total);
  }

  stop(): void {
    this.#bar.stop();
  }

  #pace(value: number, total: number): string {
    const seconds = (performance.now() - this.#started) / 1000;
    const speed = seconds > 0 ? (value - this.#from) / seconds : 0;
    const left = Math.ceil((total - value) / speed);
    const time = left < 120 ? `${left} s` : `${Math.ceil(left / 60)} min`;
    return speed > 0 ? `${Math.round(speed)}/s  ${time} left` : '';
  }
}

/** Where there is no terminal to draw in. */
const SAID_EVERY_MS = 10_000;

/** Draws a bar in the terminal as long as the node syncs; nothing where standard error is no terminal. Ends with the process. */
export function showSync(progress: () => SyncProgress): void {
  if (!process.stderr.isTTY) return;
  let bar: Progress | undefined;
  const draw = (): void => {
    const { status, height, targetHeight } = progress();
    if (status === 'SYNCING') {
      bar ??= new Progress('sync', targetHeight, height);
      bar.setTotal(targetHeight);
      bar.update(height);
    } else {
      bar?.stop();
      bar = undefined;
    }
  };
  setInterval(draw, REDRAW_MS).unref();
}

const REDRAW_MS = 500;

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
 * A log entry, one line of JSON, in which every character is visible: a stranger's text could turn the direction of a line, or hide in
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

/** What `signal` of an Interruption aborts with: the command is to end now and to say where it stands. */
export class Interrupted extends Failure {}

/** Ctrl-C, a stop or a closed terminal as an AbortSignal, while a command has something to say before it ends. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #stop = (name: NodeJS.Signals): void => {
    // A second one ends the process at once.
    this.end();
    this.#controller.abort(new Interrupted(`stopped by ${name}`));
  };

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#stop);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Signals have their usual effect again. */
  end(): void {
    for (const name of SIGNALS) process.off(name, this.#stop);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Watches the standard streams, once for a process: a reader that goes away (`corrente watch | head -1`) ends no command, since what
 * it does may matter more than what it says; a stream that fails otherwise, such as a file on a full disk, ends it with 1.
 */
export function guardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      readerGone.abort();
      return;
    }
    process.stderr.write(`error: standard output: ${error.message}\n`);
    process.exit(1);
  });
  // There is nowhere left to say it.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(1);
  });
}

const readerGone = new AbortController();
/** Aborted when the reader of standard output has gone: a command that only shows something ends then. */
export const outputClosed: AbortSignal = readerGone.signal;

/** Writes a result to standard output: one JSON value for scripts, or lines for people. */
export function print(json: boolean | undefined, value: unknown, lines: readonly string[]): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** Columns for people: each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
