import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How a program that answers JSON by HTTP is started. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly url: string;
  /** Body of a request that it answers with 200 as soon as it serves. */
  readonly probe: string;
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** A program that has begun to answer. */
export interface Server {
  readonly pid: number;
  /** Milliseconds from the start of the process to its first answer. */
  readonly startMs: number;
  /** Resolves when the process has ended. */
  stop(): Promise<void>;
}

/** Starts a program, and resolves at its first answer. Throws with the end of its standard error if it ends before, or says nothing. */
export async function startServer({ program, args, url, probe, cwd, env }: ServerCommand): Promise<Server> {
  const started = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd, env: { ...process.env, ...env } });
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  while (!(await answers(url, probe))) {
    const waited = performance.now() - started;
    if (child.exitCode !== null || child.signalCode !== null || waited > PATIENCE_MS) {
      await stop();
      throw new Error(`expected an answer of ${program} ${args.join(' ')} within ${PATIENCE_MS / 1000} s: ${said}`);
    }
    await delay(POLL_MS);
  }
  return { pid: child.pid!, startMs: performance.now() - started, stop };
}

/** A port that no program listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string, body: string): Promise<boolean> {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  return fetch(url, request).then(
    (response) => response.ok,
    () => false,
  );
}

const POLL_MS = 5;
const PATIENCE_MS = 60_000;
