/** An expected failure of a command: one line on stderr and this exit code, no stack. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** 1: the command was refused or could not be done. 2: it was not understood. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A request that was sent and not answered: what it asked for may have been done. */
export class NoAnswerFailure extends Failure {}
