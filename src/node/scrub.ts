import type { Database } from '../storage/lmdb/database.js';
import type { Closers } from './closers.js';

export interface ScrubModules {
  /** In the order to be looked at. */
  readonly databases: readonly Pick<Database, 'scrub'>[];
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
