/** How a command that fell short ends. */
export type ExitCode =
  /** It was refused or could not be done. */
  | 1
  /** It was not understood. */
  | 2
  /** In doubt: a signed transfer may have left, and its fate is not known. */
  | 3;

/** An expected failure of a command: one line on stderr and this exit code, no stack. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
