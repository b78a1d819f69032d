import { readFileSync } from 'node:fs';

/** How many files this process, and each that it starts, may have open at once; Infinity where the system does not tell. */
export function openFilesLimit(): number {
  const [, soft] = /^Max open files +(\d+)/m.exec(readLimits()) ?? [];
  return soft === undefined ? Infinity : Number(soft);
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // Only Linux has it.
    return '';
  }
}
