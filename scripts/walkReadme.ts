// Walks the README as a newcomer does: clones this repository into a folder with another name and runs each shell block, line by line,
// with a home of its own. A line that starts a node stays in the background until the end; Ctrl-C ends `watch` after some seconds.
// `--quick` runs `npm run test:quick` in place of `npm test`. Exits with 0 only if every line did.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isServer, shellBlocks } from './readmeBlocks.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const quick = process.argv.includes('--quick');
const base = mkdtempSync(join(tmpdir(), 'corrente-readme-'));
const folder = join(base, 'a ledger of ours');
const home = join(base, 'home');
const servers: ChildProcess[] = [];

/** Runs one line in a process group of its own. */
function start(script: string, stdout: 'inherit' | 'pipe' = 'inherit'): ChildProcess {
  return spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      CORRENTE_PASSPHRASE: 'as typed at the prompt',
      npm_config_update_notifier: 'false',
    },
    stdio: ['ignore', stdout, 'inherit'],
    detached: true,
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal);
}

async function run(script: string): Promise<void> {
  const child = start(script);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0) throw new Error(`ended with ${code ?? signal}`);
}

/** The standard output of a script; it contains no quotes. */
async function output(script: string): Promise<string> {
  const child = start(script, 'pipe');
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const said = await text(child.stdout!);
  if ((await ended)[0] !== 0) throw new Error('a variable could not be set');
  return said;
}

async function serve(script: string, line: string): Promise<void> {
  const port = /--port (\d+)/.exec(line)?.[1] ?? '4000';
  const health = () => fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
  // Otherwise another node would answer, and get and send the payments.
  if (await health()) throw new Error(`expected port ${port} to be free, got an answer there`);
  const child = start(script);
  servers.push(child);
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} instead of serving`);
    if ((await health())?.ok) return;
    await delay(200);
  }
  throw new Error(`does not serve on port ${port}`);
}

/** Lines of a block; a backslash at the end joins a line with the next. */
function commands(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const last = joined.at(-1);
    if (last?.endsWith('\\')) joined[joined.length - 1] = `${last}\n${line}`;
    else if (line.trim() !== '' && !line.startsWith('#')) joined.push(line);
  }
  return joined;
}

async function walk(): Promise<void> {
  mkdirSync(home);
  await new Promise<void>((resolve, reject) => {
    const clone = spawn('git', ['clone', '--quiet', root, folder], { stdio: 'inherit' });
    clone.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`git clone ended with ${code}`));
    });
  });
  for (const { heading, lines } of shellBlocks(join(folder, 'README.md'))) {
    let variables = '';
    for (const line of commands(lines)) {
      process.stdout.write(`\n== ${heading}: ${line}\n`);
      const script = `${variables}${quick ? line.replace(/\bnpm test\b/, 'npm run test:quick') : line}`;
      const variable = /^([A-Z_]+)=\$\(/.exec(line)?.[1];
      if (variable !== undefined) variables += `${variable}='${await output(`${script}\nprintf %s "$${variable}"`)}'\n`;
      else if (isServer(line)) await serve(script, line);
      else if (/\bcorrente watch\b/.test(line)) {
        const child = start(script);
        await delay(WATCH_MS);
        end(child, 'SIGINT');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
        // The signal ends the shell around it.
        if (child.exitCode !== 0 && child.signalCode !== 'SIGINT')
          throw new Error(`ended with ${child.exitCode ?? child.signalCode}`);
      } else await run(script);
    }
  }
}

const PATIENCE_MS = 180_000;
const WATCH_MS = 8_000;

try {
  await walk();
  process.stdout.write('\nreadme: every line ran and ended with 0\n');
} catch (error) {
  process.stderr.write(`\nreadme: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  for (const server of servers) end(server, 'SIGTERM');
  await Promise.all(
    servers.map((server) => server.exitCode === null && server.signalCode === null && once(server, 'exit')),
  );
  rmSync(base, { recursive: true, force: true });
}
