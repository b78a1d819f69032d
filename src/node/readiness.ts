import type { SyncProgress } from '../graphql/services.js';
import type { Readiness } from '../http/watch.js';

export interface ReadinessModules {
  readonly sync: { progress(): SyncProgress };
  /** Of the file system that holds the data folder. */
  freeBytes(): number;
  /** Each with the failure after which it refuses every write. */
  readonly databases: readonly { readonly failure: Error | undefined }[];
}

/** Whether others should be sent to this node now, and every reason why not. */
export function readiness(modules: ReadinessModules): Readiness {
  const { sync, databases } = modules;
  const reasons: { code: string; message: string }[] = [];
  const { status, height, targetHeight } = sync.progress();
  if (status !== 'SYNCED') {
    reasons.push({ code: status, message: `expected a synced node, got one at height ${height} of ${targetHeight}` });
  }
  const free = modules.freeBytes();
  if (free < MIN_FREE_BYTES) {
    reasons.push({ code: 'STORAGE_FULL', message: `expected ${MIN_FREE_BYTES} free bytes, got ${free}` });
  }
  for (const { failure } of databases) {
    if (failure) reasons.push({ code: 'STORAGE_FAILED', message: failure.message });
  }
  return { height, reasons };
}

/** The largest write of either database is half of it. */
export const MIN_FREE_BYTES = 64 * 1024 * 1024;
