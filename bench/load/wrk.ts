import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LoadCounts, Requests } from './load.js';

/** Runs wrk with wrk.lua, until it has all answers. */
export async function wrkLoad(url: string, requests: Requests, seconds: number): Promise<LoadCounts> {
  const { bodies, count, connections, accepted, times } = requests;
  // Half of the machine is left to the server.
  const threads = Math.min(connections, Math.max(1, Math.floor(availableParallelism() / 2)));
  const most = `${Math.ceil(seconds) + GRACE_SECONDS}s`;
  const ofWrk = ['-t', `${threads}`, '-c', `${connections}`, '-d', most, '--timeout', most, '-s', SCRIPT, url, '--'];
  const ofScript = [bodies, accepted, times, count, seconds, threads].map(String);
  const child = spawn('wrk', [...ofWrk, ...ofScript], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    // wrk ends by time alone, or by this signal.
    if (lines.filter((text) => text === FINISHED).length === threads) child.kill('SIGINT');
  });
  const [code, signal] = await ended;
  const counts = lines.at(-1) ?? '';
  if (code !== 0 || !counts.startsWith('{')) {
    throw new Error(`expected counts of wrk, got its end by ${code ?? signal}: ${lines.slice(-5).join(' | ')}`);
  }
  const refusal = lines.find((line) => line.startsWith(REFUSED)) ?? 'wrk does not say why';
  return { ...(JSON.parse(counts) as LoadCounts), refusal };
}

/** Lines of wrk.lua: a thread has all its answers; an answer that does not count. */
const FINISHED = 'finished';
const REFUSED = 'refused ';
/** For answers that are under way when the time is over. */
const GRACE_SECONDS = 60;
// The script lies in bench/ of the checkout, which is three folders above this compiled file.
const SCRIPT = fileURLToPath(new URL('../../../bench/load/wrk.lua', import.meta.url));
