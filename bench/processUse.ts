import { readdir, readFile } from 'node:fs/promises';

/** Resources that a process uses with all that it started. All 0 if /proc has no figure. */
export interface ProcessUse {
  /** Memory of its own: heap, stacks, buffers. Bytes. */
  readonly ownBytes: number;
  /** Pages of files that it has mapped and touched, programs and database: the kernel takes them back when it needs them. Bytes. */
  readonly mappedBytes: number;
  /** Processor time of all threads so far, also of processes that it started and that have ended. */
  readonly cpuSeconds: number;
}

/** The kernel's figures, now, of a process and its descendants together. */
export async function processUse(pid: number | undefined): Promise<ProcessUse> {
  const uses = await Promise.all([useAlone(pid), ...(await childrenOf(pid)).map(processUse)]);
  const sum = (field: keyof ProcessUse) => uses.reduce((total, use) => total + use[field], 0);
  return { ownBytes: sum('ownBytes'), mappedBytes: sum('mappedBytes'), cpuSeconds: sum('cpuSeconds') };
}

async function useAlone(pid: number | undefined): Promise<ProcessUse> {
  const [status, stat] = await Promise.all(['status', 'stat'].map((name) => read(`/proc/${pid}/${name}`)));
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status!)?.[1] ?? 0) * 1024;
  // After the name in parentheses: fields 14 to 17 of proc(5), user and system time, then those of children that have ended.
  const times = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ');
  const ticks = times.slice(11, 15).reduce((total, time) => total + Number(time), 0);
  return { ownBytes: bytes('RssAnon'), mappedBytes: bytes('RssFile'), cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** Each thread has a list of the processes that it started. */
async function childrenOf(pid: number | undefined): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => read(`/proc/${pid}/task/${thread}/children`)));
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

/** The content of a file of /proc, empty if the process has just ended. */
async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Linux reports this rate to programs, whatever the rate of the kernel's own clock. */
const TICKS_PER_SECOND = 100;
