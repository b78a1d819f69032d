import { readFile } from 'node:fs/promises';

/** Resources that a process uses. All 0 if /proc has no figure. */
export interface ProcessUse {
  /** Memory of its own: heap, stacks, buffers. Bytes. */
  readonly ownBytes: number;
  /** Pages of files that it has mapped and touched, programs and database: the kernel takes them back when it needs them. Bytes. */
  readonly mappedBytes: number;
  /** Processor time of all threads so far. */
  readonly cpuSeconds: number;
}

/** The kernel's figures, now. */
export async function processUse(pid: number | undefined): Promise<ProcessUse> {
  const [status, stat] = await Promise.all(
    ['status', 'stat'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
  );
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status!)?.[1] ?? 0) * 1024;
  // After the name in parentheses: fields 14 and 15 of proc(5), user and system time.
  const times = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(times[11] ?? 0) + Number(times[12] ?? 0);
  return { ownBytes: bytes('RssAnon'), mappedBytes: bytes('RssFile'), cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** Linux reports this rate to programs, whatever the rate of the kernel's own clock. */
const TICKS_PER_SECOND = 100;
