import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ClientError, GraphQLClient } from 'graphql-request';
import { atExit } from './atExit.js';

export interface NodeRunOptions {
  readonly data: string;
  /** Network file. */
  readonly network: string;
  /** Address that gets the rewards. */
  readonly miner: string;
  /** Program and arguments that run the node, such as strace. The started process must be the node. */
  readonly under?: readonly string[];
  /** More flags of `corrente node`. */
  readonly args?: readonly string[];
  /** Path of another build's `cli.js`; this build's by default. */
  readonly cli?: string | undefined;
}

const OWN_CLI = fileURLToPath(new URL('../src/cli.js', import.meta.url));

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One life of a node, from its start to its end: unlike a LocalNode, it may end before it serves. */
export class NodeRun {
  readonly data: string;
  /** True when it serves, false if it ended before. */
  readonly serves: Promise<boolean>;
  readonly ended: Promise<Ending>;
  /** Signals sent by `kill`. */
  readonly sent: NodeJS.Signals[] = [];
  /** The last lines of its log. */
  readonly log: string[] = [];
  readonly #child: ChildProcess;
  #client: GraphQLClient | undefined;
  #url: string | undefined;
  #hasEnded = false;

  constructor({ data, network, miner, under = [], args: more = [], cli = OWN_CLI }: NodeRunOptions) {
    this.data = data;
    const [program, ...args] = [...under, process.execPath, cli, 'node', '--json', '--log-format', 'json'];
    const node = ['--data', data, '--network', network, '--miner', miner, '--port', '0', ...more];
    const child = spawn(program, [...args, ...node], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const forget = atExit(() => child.kill('SIGKILL'));
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.log.push(line);
      if (this.log.length > 20) this.log.shift();
    });
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        this.#hasEnded = true;
        forget();
        resolve({ code, signal });
      });
    });
    this.serves = new Promise((resolve) => {
      createInterface({ input: child.stdout }).once('line', (line) => {
        this.#connect((JSON.parse(line) as { url: string }).url);
        resolve(true);
      });
      void this.ended.then(() => resolve(false));
    });
  }

  get processId(): number {
    return this.#child.pid!;
  }

  /** GraphQL endpoint; throws before it serves. */
  get url(): string {
    if (this.#url === undefined) throw new Error('expected a node that serves');
    return this.#url;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  kill(signal: NodeJS.Signals): void {
    this.sent.push(signal);
    this.#child.kill(signal);
  }

  /** Sends one operation with the admin token; throws ClientError on a GraphQL error. */
  async ask<Answer>(document: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    if (!this.#client) throw new Error('expected a node that serves');
    return this.#client.request<Answer>({ document, variables });
  }

  /** True if the end of the node caused this error of `ask`; waits for that end. */
  async explains(error: unknown): Promise<boolean> {
    if (error instanceof ClientError) return false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), 5_000)));
    const ended = await Promise.race([this.ended.then(() => true), late]);
    clearTimeout(timer);
    return ended;
  }

  /** The last lines of its log, for a report. */
  get lastWords(): string {
    return this.log.slice(-3).join(' | ');
  }

  #connect(url: string): void {
    this.#url = url;
    const token = readFileSync(join(this.data, 'admin.token'), 'utf8').trim();
    this.#client = new GraphQLClient(url, { headers: { authorization: `Bearer ${token}` } });
  }
}
