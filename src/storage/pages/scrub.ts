import { Piscina } from 'piscina';
import type { PageScrubTask } from './scrubWorker.js';

/**
 * Looks at every page of an LMDB file in a thread of its own, while the file is in use: what is wrong with it, or undefined. A read
 * transaction has to be held from before until it resolves, so that no page of a later commit is written over.
 */
export async function scrubPages(task: PageScrubTask, signal: AbortSignal): Promise<string | undefined> {
  const pool = new Piscina<PageScrubTask, string | undefined>({
    filename: new URL('./scrubWorker.js', import.meta.url).href,
    maxThreads: 1,
  });
  try {
    // The first of the two meta pages may have been written when it was read: what is damaged is so the second time, too.
    return (await pool.run(task, { signal })) && (await pool.run(task, { signal }));
  } finally {
    await pool.destroy();
  }
}
