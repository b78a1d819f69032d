import type { Closers } from '../../util/closers.js';
import type { OpenStorage } from '../openStorage.js';
import type { WorkerSource } from '../world.js';
import { NewsDesk, type NewsDeskModules } from './newsDesk.js';
import { Publication } from './publication.js';
import type { WorkerProcess } from './workerProcess.js';

/** API workers that are starting. */
export interface StartingWorkers extends Pick<WorkerSource, 'fork' | 'openFiles' | 'logLine'> {
  readonly processes: readonly WorkerProcess[];
  readonly publication: Publication;
  /** What tells them of the ledger; to be called once. */
  newsDesk(parts: DeskParts): NewsDesk;
}

type DeskParts = Pick<NewsDeskModules, 'blocks' | 'peers' | 'members'> & {
  readonly storage: Pick<OpenStorage, 'chain' | 'mempool'>;
};

/** Starts the workers; undefined where there are to be none. Those that are left are ended by `closers`. */
export function startWorkers(source: WorkerSource | undefined, closers: Closers): StartingWorkers | undefined {
  if (!source) return undefined;
  const { count, fork, openFiles, logLine } = source;
  const processes = Array.from({ length: count }, () => fork());
  closers.add(() => processes.forEach((child) => child.end('now')));
  const publication = new Publication();
  return {
    ...{ fork, openFiles, logLine, processes, publication },
    newsDesk: ({ storage: { chain, mempool }, ...parts }) =>
      new NewsDesk({ ...parts, publication, mempool, changes: mempool.changes(), tip: () => chain.tip().hash }),
  };
}
