import { readFileSync } from 'node:fs';

/**
 * Why this process could not even load the program: so low a limit of open files that reading its modules breaks it, anywhere and with a
 * stack. Undefined where there is room, or where the system does not tell.
 */
export function openFilesFault(limits = readLimits()): string | undefined {
  const [, soft] = /^Max open files +(\d+)/m.exec(limits) ?? [];
  if (soft === undefined || Number(soft) >= MIN_OPEN_FILES) return undefined;
  return `expected a limit of at least ${MIN_OPEN_FILES} open files, got ${soft}; raise it: ulimit -n 1024, or LimitNOFILE= of the service`;
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // Only Linux has it.
    return '';
  }
}

/** The modules and a node without peers or clients take some 180. */
const MIN_OPEN_FILES = 256;
