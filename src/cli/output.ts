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
