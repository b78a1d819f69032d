import { Piscina } from 'piscina';
import type { PageScrubTask } from './scrubWorker.js';

/**
 * Checks every page of an LMDB file in a thread of its own, while the file is in use. Resolves to the first fault, or undefined. The
 * caller holds a read transaction until then, so that LMDB does not reuse the pages of that moment.
 */
export async function scrubPages(task: PageScrubTask, signal: AbortSignal): Promise<string | undefined> {
  const pool = new Piscina<PageScrubTask, string | undefined>({
    filename: new URL('./scrubWorker.js', import.meta.url).href,
    maxThreads: 1,
  });
  try {
    // The first run may have read a meta page while it was written; real damage shows in the second run, too.
    return (await pool.run(task, { signal })) && (await pool.run(task, { signal }));
  } finally {
    await pool.destroy();
  }
}
