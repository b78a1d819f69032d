import { closeSync, openSync } from 'node:fs';
import type { Logger } from 'pino';
import { freeBytes } from '../storage/freeBytes.js';

export interface FolderWatchModules {
  readonly log: Pick<Logger, 'warn' | 'info'>;
}

/** Whether this process still reaches its data folder, which an operator or a limit can take from it. */
export class FolderWatch {
  readonly #folder: string;
  readonly #modules: FolderWatchModules;
  #told = false;

  constructor(options: { readonly folder: string }, modules: FolderWatchModules) {
    this.#folder = options.folder;
    this.#modules = modules;
  }

  /** The system's error if the folder cannot be opened now: it is gone, or as many files are open as the limit allows. */
  fault(): NodeJS.ErrnoException | undefined {
    try {
      closeSync(openSync(this.#folder, 'r'));
      return undefined;
    } catch (error) {
      return error as NodeJS.ErrnoException;
    }
  }

  /** Free space of its file system; not a number while the system does not say. */
  freeBytes(): number {
    return freeBytes(this.#folder);
  }

  /** Logs once when the fault begins, and once when it is over. Call it every second or so. */
  tick(): void {
    const fault = this.fault();
    if ((fault !== undefined) === this.#told) return;
    this.#told = fault !== undefined;
    const { log } = this.#modules;
    if (fault?.code === 'EMFILE') log.warn({ reason: fault.message }, 'as many files are open as the limit allows');
    else if (fault) log.warn({ reason: fault.message }, 'the data folder cannot be opened');
    else log.info('the data folder can be opened again');
  }
}
