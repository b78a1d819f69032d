import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { GraphQLClient } from 'graphql-request';

/** A node in a process of its own, and a client with its admin token. */
export interface LocalNode {
  /** GraphQL endpoint. */
  readonly url: string;
  readonly data: string;
  readonly process: ChildProcess;
  /** Sends one operation; throws on a GraphQL error. */
  ask<Answer>(document: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** Sends the signal and resolves when the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts `corrente node` on a data folder and resolves when it serves. `port` 0 takes a free one. `onLog` gets each line of its log. Throws
 * with the last lines of the log if the node ends before it serves.
 */
export async function startLocalNode(options: {
  readonly data: string;
  readonly port?: number;
  readonly args?: readonly string[];
  readonly onLog?: (line: string) => void;
}): Promise<LocalNode> {
  const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
  const args = ['node', '--json', '--data', options.data, '--port', `${options.port ?? 0}`, ...(options.args ?? [])];
  const child = spawn(process.execPath, [...process.execArgv, cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line);
    options.onLog?.(line);
  });
  const ready = await new Promise<{ url: string }>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      resolve(JSON.parse(line) as { url: string });
    });
    child.once('exit', (code, signal) => {
      reject(new Error(`the node ended with ${signal ?? code} before it served: ${log.slice(-5).join(' | ')}`));
    });
  });
  const token = (await readFile(join(options.data, 'admin.token'), 'utf8')).trim();
  const client = new GraphQLClient(ready.url, { headers: { authorization: `Bearer ${token}` } });
  return {
    url: ready.url,
    data: options.data,
    process: child,
    ask: (document, variables) => client.request({ document, ...(variables && { variables }) }),
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}
