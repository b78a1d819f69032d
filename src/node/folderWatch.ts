import { closeSync, openSync } from 'node:fs';
import type { Logger } from 'pino';
import { freeBytes } from '../util/files.js';
import type { Closers } from '../util/closers.js';
import type { NodeClock } from './world.js';
import type { TableName } from '../storage/keys.js';
import type { Database } from '../storage/lmdb/database.js';

export interface FolderWatchModules {
  readonly log: Pick<Logger, 'warn' | 'info'>;
}

/** Whether this process still reaches its data folder, which an operator or a limit can take from it. */
export class FolderWatch {
  readonly #folder: string;
  readonly #modules: FolderWatchModules;
  #isLogged = false;

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
    if ((fault !== undefined) === this.#isLogged) return;
    this.#isLogged = fault !== undefined;
    const { log } = this.#modules;
    if (fault?.code === 'EMFILE') log.warn({ reason: fault.message }, 'as many files are open as the limit allows');
    else if (fault) log.warn({ reason: fault.message }, 'the data folder cannot be opened');
    else log.info('the data folder can be opened again');
  }
}

export interface LostFilesModules {
  /** Each says what of its files is no longer where it was opened. */
  readonly files: readonly { lost(): Error | undefined }[];
  readonly clock: Pick<NodeClock, 'every'>;
}

/**
 * The first fault that `scrubbed` finds, or that a file was deleted or replaced under the running node: what is written to it from
 * then on is on no disk that a restart finds. Undefined once `closers` ended it.
 */
export function untilLost(
  scrubbed: Promise<Error | undefined>,
  { files, clock }: LostFilesModules,
  closers: Closers,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const stop = clock.every(INTERVAL_MS, () => {
      const fault = files.map((file) => file.lost()).find((lost) => lost !== undefined);
      if (fault) resolve(fault);
    });
    closers.add(() => {
      stop();
      resolve(undefined);
    });
    void scrubbed.then((fault) => {
      if (fault) resolve(fault);
    });
  });
}

const INTERVAL_MS = 1_000;

export interface ScrubModules {
  /** In the order to be looked at. */
  readonly databases: readonly Pick<Database<TableName>, 'scrub'>[];
  readonly log: { info(message: string): void };
}

/**
 * Looks at every page of the databases while they are in use, since a long file takes longer than a start may. Resolves with what is
 * damaged, or with undefined: nothing is, or `closers` ended it.
 */
export async function scrub({ databases, log }: ScrubModules, closers: Closers): Promise<Error | undefined> {
  const abort = new AbortController();
  closers.add(() => abort.abort());
  try {
    for (const database of databases) await database.scrub(abort.signal);
    log.info('every page of the databases is as it was written');
    return undefined;
  } catch (error) {
    return abort.signal.aborted ? undefined : (error as Error);
  }
}
