import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { extendChain, generatedNetwork, openStore, PREFIX, type ChainShape } from '../../bench/generatedChain.js';
import { benchKey } from '../../bench/benchKey.js';
import type { Network } from '../../src/consensus/network.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { campaignFolder } from '../atExit.js';
import { CannotRunError } from '../campaign.js';
import { NodeRun } from '../nodeRun.js';
import { HonestClient, type Honest } from './honestClient.js';
import { processorMs, watchPeak } from './processUse.js';

/** Addresses of this machine, inside its namespace: the node's, and those of strangers that call it. */
export const NODE_ADDRESS = '203.0.113.1';
export const ATTACKER_ADDRESS = '203.0.113.66';
export const HONEST_ADDRESS = '203.0.113.7';

/** What an attack cost, and what an honest client beside it saw. */
export interface Harm {
  /** Of the node, without what it takes at rest; of each request where an attack is one, in the median. */
  readonly processorMs: number;
  readonly health: Honest;
  readonly peakMiB: number;
}

export interface StageOptions {
  readonly short: boolean;
  /** Path of the build's `cli.js` that is attacked; this build by default. */
  readonly cli: string | undefined;
}

/** Where attacks take place: chains made once, and nodes started on copies of them. */
export class Stage {
  readonly short: boolean;
  readonly network: Network;
  readonly networkFile: string;
  readonly #cli: string | undefined;
  readonly #folder: string;
  readonly #nodes = new Set<NodeRun>();
  readonly #atRest = new WeakMap<NodeRun, number>();
  #count = 0;

  private constructor(options: StageOptions, network: Network, folder: string) {
    this.short = options.short;
    this.#cli = options.cli;
    this.network = network;
    this.#folder = folder;
    this.networkFile = join(folder, 'network.json');
  }

  /** Gives this machine the addresses, and makes the network. */
  static async open(options: StageOptions): Promise<Stage> {
    try {
      execFileSync('ip', ['link', 'set', 'lo', 'up']);
      for (const address of [NODE_ADDRESS, ATTACKER_ADDRESS, HONEST_ADDRESS]) {
        execFileSync('ip', ['addr', 'add', `${address}/32`, 'dev', 'lo']);
      }
    } catch (error) {
      throw new CannotRunError(`needs addresses of its own: ${(error as Error).message}`);
    }
    const folder = campaignFolder();
    return new Stage(options, await generatedNetwork(join(folder, 'network.json')), folder);
  }

  /** A new data folder whose chain has these blocks: the first ones of a shape, then empty ones up to `height`. */
  async chain(name: string, shape: ChainShape, shaped: number, height: number, miner?: Uint8Array): Promise<string> {
    const data = join(this.#folder, name);
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const store = await openStore(this.network, join(data, 'chain.mdb'));
    await extendChain(store, this.network, shape, shaped, miner);
    await extendChain(store, this.network, { ...shape, paymentsPerBlock: 0 }, height, miner);
    await store.close();
    return data;
  }

  /** A node on a copy of this data folder, or on an empty chain; it serves when this resolves. */
  async start(from?: string, args: readonly string[] = []): Promise<NodeRun> {
    const data = join(this.#folder, `node${this.#count++}`);
    if (from !== undefined) cpSync(from, data, { recursive: true });
    return this.startOn(data, args);
  }

  /** A node on this very folder. */
  async startOn(data: string, args: readonly string[] = [], under: readonly string[] = []): Promise<NodeRun> {
    const node = new NodeRun({
      data,
      network: this.networkFile,
      miner: encodeAddress(PREFIX, benchKey(1_000_000).publicKey),
      args: ['--host', '0.0.0.0', '--outbound', '0', '--log-level', 'warn', ...args],
      under,
      cli: this.#cli,
    });
    this.#nodes.add(node);
    if (!(await node.serves)) throw new Error(`the node ended before it served: ${node.lastWords}`);
    return node;
  }

  /** Ends a node, whatever it is doing. */
  async end(node: NodeRun): Promise<void> {
    this.#nodes.delete(node);
    node.kill('SIGKILL');
    await node.ended;
  }

  /** Does something to a node, with an honest client beside it. */
  async beside(node: NodeRun, act: (spent: () => number) => Promise<number | undefined>): Promise<Harm> {
    const honest = new HonestClient({ url: at(node, '/health'), from: HONEST_ADDRESS, everyMs: 25 });
    await delay(300);
    const { processId } = node;
    const atRest = await this.#useAtRest(node);
    const peak = watchPeak(processId);
    const [from, started] = [processorMs(processId), performance.now()];
    const spent = () => processorMs(processId) - from - atRest * (performance.now() - started);
    const own = await act(spent);
    const used = node.hasEnded ? NaN : Math.max(0, own ?? spent());
    const harm = { processorMs: used, peakMiB: node.hasEnded ? NaN : peak() };
    return { ...harm, health: await honest.stop() };
  }

  /** Share of a processor that the node takes with nobody but the honest client; measured once for a node. */
  async #useAtRest(node: NodeRun): Promise<number> {
    const known = this.#atRest.get(node);
    if (known !== undefined) return known;
    const [from, started] = [processorMs(node.processId), performance.now()];
    await delay(1_000);
    // A node that has just started is still at work.
    const use = Math.min(0.1, (processorMs(node.processId) - from) / (performance.now() - started));
    this.#atRest.set(node, use);
    return use;
  }

  /** Sends one thing a few times, with pauses: one attack's harm is the median's. */
  again(node: NodeRun, once: () => Promise<void>): Promise<Harm> {
    return this.beside(node, async (spent) => {
      const costs: number[] = [];
      const started = performance.now();
      while (performance.now() - started < (this.short ? 500 : 2_000) || costs.length < 3) {
        const before = spent();
        await once();
        await delay(20);
        costs.push(spent() - before);
        if (performance.now() - started > 10_000) break;
        await delay(100);
      }
      return costs.sort((one, other) => one - other)[Math.floor(costs.length / 2)]!;
    });
  }
}

/** A URL of the node, as strangers reach it. */
export function at(node: NodeRun, path = '/graphql'): string {
  const { protocol, port } = new URL(node.url);
  return `${protocol}//${NODE_ADDRESS}:${port}${path}`;
}
