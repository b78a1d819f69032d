import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { extendChain, generatedNetwork, openStore, PREFIX, type ChainShape } from '../bench/generatedChain.js';
import { processUse } from '../bench/processUse.js';
import type { Network } from '../src/consensus/network.js';
import { encodeAddress } from '../src/crypto/address.js';
import { atExit } from './atExit.js';
import { NodeRun } from './nodeRun.js';

/** What an attack did to the node, and to an honest client beside it. */
export interface Harm {
  /** Processor time of the node that the attack took, beyond what it takes at rest. */
  readonly cpuMs: number;
  /** Of `/health`, asked every 25 ms while the attack went on. */
  readonly healthP99Ms: number;
  /** Growth of the node's own memory, at its peak. */
  readonly memoryMiB: number;
}

/** What a request got. */
export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** Payments of a full block of 2 MiB. */
export const FULL_BLOCK = 13_600;
const EMPTY: ChainShape = { paymentsPerBlock: 0, recipients: 1 };
const FULL: ChainShape = { paymentsPerBlock: FULL_BLOCK, recipients: 5_000 };

/** A node on a chain of so many blocks, of which the first four are full, and what it costs to attack it. */
export class AttackTarget {
  readonly network: Network;
  readonly networkFile: string;
  readonly folder: string;
  #node: NodeRun | undefined;

  private constructor(network: Network, networkFile: string, folder: string) {
    this.network = network;
    this.networkFile = networkFile;
    this.folder = folder;
  }

  static async prepare(blocks: number): Promise<AttackTarget> {
    const folder = await mkdtemp(join(tmpdir(), 'attacks-'));
    atExit(() => void rm(folder, { recursive: true, force: true }));
    const networkFile = join(folder, 'network.json');
    const network = await generatedNetwork(networkFile);
    const target = new AttackTarget(network, networkFile, folder);
    await target.start();
    await target.stop();
    const store = await openStore(network, join(folder, 'data', 'chain.mdb'));
    await extendChain(store, network, FULL, 4);
    await extendChain(store, network, EMPTY, blocks);
    await store.close();
    return target;
  }

  get node(): NodeRun {
    if (!this.#node) throw new Error('expected a started node');
    return this.#node;
  }

  get url(): string {
    return this.node.url;
  }

  /** Starts the node; resolves to the milliseconds until it served. */
  async start(...args: string[]): Promise<number> {
    const started = performance.now();
    const miner = encodeAddress(PREFIX, new Uint8Array(32).fill(1));
    this.#node = new NodeRun({ data: join(this.folder, 'data'), network: this.networkFile, miner, args });
    if (!(await this.#node.serves)) throw new Error(`the node did not start: ${this.#node.lastWords}`);
    return performance.now() - started;
  }

  async stop(): Promise<void> {
    this.node.kill('SIGTERM');
    await this.node.ended;
    this.#node = undefined;
  }

  /** Runs the attack beside an honest client. */
  async harm(attack: () => Promise<void>): Promise<Harm> {
    const agent = new Agent({ keepAlive: true });
    await sleep(300);
    const before = await processUse(this.node.processId);
    const times: number[] = [];
    let peak = 0;
    const done = new AbortController();
    const honest = (async () => {
      while (!done.signal.aborted) {
        times.push(await this.#timeHealth(agent));
        peak = Math.max(peak, (await processUse(this.node.processId)).ownBytes);
        await sleep(25);
      }
    })();
    await sleep(100);
    await attack();
    await sleep(100);
    done.abort();
    await honest;
    agent.destroy();
    const after = await processUse(this.node.processId);
    times.sort((a, b) => a - b);
    return {
      // An honest question takes some 0.3 ms.
      cpuMs: Math.max(0, Math.round((after.cpuSeconds - before.cpuSeconds) * 1_000 - times.length * 0.3)),
      healthP99Ms: Math.round(times[Math.ceil(times.length * 0.99) - 1] ?? 0),
      memoryMiB: Math.round((peak - before.ownBytes) / 2 ** 20),
    };
  }

  #timeHealth(agent: Agent): Promise<number> {
    const started = performance.now();
    return new Promise((resolve) => {
      const asked = request(new URL('/healthz', this.url), { agent, timeout: 60_000 }, (response) => {
        response.resume();
        response.on('end', () => resolve(performance.now() - started));
        response.on('error', () => resolve(60_000));
      });
      asked.on('error', () => resolve(60_000));
      asked.end();
    });
  }

  /** Posts bytes as they are. */
  post(body: string | Buffer, headers: Record<string, string> = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        this.url,
        { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve({ status: response.statusCode!, text }));
          response.on('error', reject);
        },
      );
      outgoing.on('error', (error: NodeJS.ErrnoException) => resolve({ status: 0, text: error.code ?? error.message }));
      outgoing.end(body);
    });
  }

  ask(query: string, variables: object = {}): Promise<Reply> {
    return this.post(JSON.stringify({ query, variables }));
  }

  /** Keeps a file of this run. */
  async keep(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text);
    return path;
  }
}
