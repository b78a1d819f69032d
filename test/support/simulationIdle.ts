import { createHook } from 'node:async_hooks';

/** Work of this process that no clock decides on and that ends by itself, by its id. */
const pending = new Map<number, string>();

createHook({
  init(id, type) {
    if (WORK.has(type)) pending.set(id, type);
  },
  after(id) {
    pending.delete(id);
  },
  destroy(id) {
    pending.delete(id);
  },
}).enable();

/**
 * Resolves when nothing is left to happen unless time goes on: no commit and no file under way, no task in a worker thread, and
 * several turns of the event loop without any of these. Throws after LIMIT_MS, naming the work that did not end.
 */
export async function idle(): Promise<void> {
  const limit = performance.now() + LIMIT_MS;
  for (let quiet = 0; quiet < QUIET_TURNS; quiet = pending.size > 0 ? 0 : quiet + 1) {
    if (performance.now() > limit)
      throw new Error(`still under way after ${LIMIT_MS} ms: ${[...pending.values()].join()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Names that the libraries give to a commit (lmdb), a task for a thread (piscina), and a file operation (Node). */
const WORK: ReadonlySet<string> = new Set([
  'write',
  'Piscina.Task',
  'FSREQPROMISE',
  'FSREQCALLBACK',
  'FILEHANDLECLOSEREQ',
]);
/** Libraries put work off to the next turn, once or twice in a row; so does a node, for each request and each piece of long work. */
const QUIET_TURNS = 20;
const LIMIT_MS = 10_000;
