import { SingleBar } from 'cli-progress';
import type { SyncProgress } from '../peers/sync/sync.js';
import { Writable } from 'node:stream';
import pretty from 'pino-pretty';
import { Failure } from './failure.js';

/** Where there is no terminal to draw in. */
const SAID_EVERY_MS = 10_000;
const REDRAW_MS = 500;

interface ProgressOptions {
  readonly what: string;
  readonly total: number;
  /** Where this run goes on. */
  readonly from?: number;
  readonly unit?: string;
  /** What to expect of so many that are left, where the speed says nothing of it. */
  readonly timeLeft?: (left: number) => string;
}

/** Runs a long task that reports how far it is. */
export async function withProgress<Result>(
  options: ProgressOptions,
  task: (progressed: (value: number) => void) => Promise<Result>,
): Promise<Result> {
  const progress = new Progress(options);
  try {
    return await task((value) => progress.update(value));
  } finally {
    progress.stop();
  }
}

/** Progress of a long command on standard error: a bar with speed and time left in a terminal, a line now and then elsewhere. */
class Progress {
  readonly #options: ProgressOptions;
  readonly #bar: SingleBar;
  readonly #started = performance.now();
  /** Kept here, too: without a terminal the bar has no total. */
  #total: number;
  #saidAt = performance.now();

  constructor(options: ProgressOptions) {
    const { what, total, from = 0, unit = 'blocks' } = options;
    this.#options = options;
    this.#total = total;
    this.#bar = new SingleBar({
      format: `${what} {bar} {percentage} %  {value}/{total} ${unit}  {pace}`,
      stream: process.stderr,
      noTTYOutput: false,
      hideCursor: true,
    });
    this.#bar.start(total, from, { pace: '' });
  }

  update(value: number): void {
    const { what, unit = 'blocks', timeLeft } = this.#options;
    const total = this.#total;
    this.#bar.update(value, { pace: timeLeft?.(total - value) ?? this.#pace(value, total) });
    if (process.stderr.isTTY || performance.now() - this.#saidAt < SAID_EVERY_MS) return;
    this.#saidAt = performance.now();
    process.stderr.write(`${what} ${value}/${total} ${unit}\n`);
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
    const speed = seconds > 0 ? (value - (this.#options.from ?? 0)) / seconds : 0;
    const left = Math.ceil((total - value) / speed);
    const time = left < 120 ? `${left} s` : `${Math.ceil(left / 60)} min`;
    return speed > 0 ? `${Math.round(speed)}/s  ${time} left` : '';
  }
}

/** Draws a bar in the terminal as long as the node syncs; nothing where standard error is no terminal. Ends with the process. */
export function showSync(progress: () => SyncProgress): void {
  if (!process.stderr.isTTY) return;
  let bar: Progress | undefined;
  const draw = (): void => {
    const { status, height, targetHeight } = progress();
    if (status === 'SYNCING') {
      bar ??= new Progress({ what: 'sync', total: targetHeight, from: height });
      bar.setTotal(targetHeight);
      bar.update(height);
    } else {
      bar?.stop();
      bar = undefined;
    }
  };
  setInterval(draw, REDRAW_MS).unref();
}

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

/** What the signal of an interruptible task aborts with: the command is to end now and to say where it stands. */
export class Interrupted extends Failure {}

/** Runs a task that has something to say before it ends: Ctrl-C, a stop or a closed terminal aborts its signal. */
export async function interruptible<Result>(task: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interruption = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    // A second one ends the process at once.
    end();
    interruption.abort(new Interrupted(`stopped by ${name}`));
  };
  const end = (): void => SIGNALS.forEach((name) => process.off(name, stop));
  SIGNALS.forEach((name) => process.on(name, stop));
  try {
    return await task(interruption.signal);
  } finally {
    end();
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
