import type { Pulse, SyncProgress } from '../graphql/services.js';
import type { Readiness } from '../http/health.js';

export interface ReadinessModules {
  readonly sync: { progress(): SyncProgress };
  readonly pulse: () => Pulse;
  readonly folder: {
    /** Why the data folder cannot be opened. */
    fault(): NodeJS.ErrnoException | undefined;
    /** Of the file system that holds it. */
    freeBytes(): number;
  };
  /** Each with the failure after which it refuses every write. */
  readonly databases: readonly { readonly failure: Error | undefined }[];
}

/** Whether others should be sent to this node now, and every reason why not. */
export function readiness(modules: ReadinessModules): Readiness {
  const { sync, pulse, folder, databases } = modules;
  const reasons: { code: string; message: string }[] = [];
  const { status, height, targetHeight, reason } = sync.progress();
  if (status !== 'SYNCED') {
    const got = reason ?? `one at height ${height} of ${targetHeight}`;
    reasons.push({ code: status, message: `expected a synced node, got ${got}` });
  }
  const { secondsSinceBlock, standstill } = pulse();
  if (standstill) {
    reasons.push({ code: 'STANDSTILL', message: `expected blocks to come, got none for ${secondsSinceBlock} s` });
  }
  const fault = folder.fault();
  if (fault) {
    reasons.push({ code: fault.code === 'EMFILE' ? 'TOO_MANY_FILES' : 'STORAGE_FAILED', message: fault.message });
  }
  const free = folder.freeBytes();
  if (free < MIN_FREE_BYTES) {
    reasons.push({ code: 'STORAGE_FULL', message: `expected ${MIN_FREE_BYTES} free bytes, got ${free}` });
  }
  for (const { failure } of databases) {
    if (failure) reasons.push({ code: 'STORAGE_FAILED', message: failure.message });
  }
  return { height, secondsSinceBlock, reasons };
}

/** The largest write of either database is half of it. */
export const MIN_FREE_BYTES = 64 * 1024 * 1024;
