import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of processor time that all threads of a process have used. */
export function processorMs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // The thread has just ended.
    }
  }
  return nanoseconds / 1e6;
}

/** Milliseconds for which the main thread of a process could have run, and other work of the machine had the processors. */
export function waitedMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
}

/** Memory of a process that is no file's, in MiB. */
export function memoryMiB(pid: number): number {
  return field(pid, 'RssAnon');
}

/** How often memory is looked at: what a process gives back within that time is not seen. */
const LOOK_MS = 20;

/**
 * Begins to look at a process's memory; returns a function that ends it, and gives how many MiB it was more at its peak. Pages of files that
 * are mapped are not counted: the system takes them back when it needs them.
 */
export function watchPeak(pid: number): () => number {
  const before = memoryMiB(pid);
  let peak = before;
  const look = () => void (peak = Math.max(peak, memoryMiB(pid)));
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    look();
    return peak - before;
  };
}

/** Open descriptors of a process. */
export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function field(pid: number, name: string): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return line ? Number(line[1]) / 1024 : NaN;
}
