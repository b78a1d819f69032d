import { Failure } from './failure.js';

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
