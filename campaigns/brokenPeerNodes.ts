import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atExit } from './atExit.js';
import { NodeRun } from './nodeRun.js';
import { addressOf, NODE_PORT, type Cut, type PartitionNetwork } from './partitionNetwork.js';

/** How peers are broken: no packet passes, or one byte a second of each connection. */
export type Fault = 'black-holed' | 'at 1 byte/s';

/** Port of a node behind a slow link, and of the link on its host that leads to the node under test. */
const BEHIND_LINK = NODE_PORT + 1;
const LINK_OUT = NODE_PORT + 2;
const LINK = fileURLToPath(new URL('./slowLink.js', import.meta.url));

export interface BrokenPeerOptions {
  readonly peers: number;
  /** The first ones of the peers, which can be broken. */
  readonly fragile: number;
  readonly folder: string;
  readonly networkFile: string;
  readonly miner: string;
}

/** A node on host 0, and its peers on the hosts from 1: each is a peer of the node alone, as the node is of it. */
export class BrokenPeerNodes {
  readonly node: NodeRun;
  /** Those that can be broken come first. */
  readonly peers: readonly NodeRun[];
  readonly #fragile: number;
  readonly #network: PartitionNetwork;
  readonly #links: readonly ChildProcess[];

  /** Starts them on the hosts of the network, of which there must be one more than peers. */
  constructor({ peers, fragile, folder, networkFile, miner }: BrokenPeerOptions, network: PartitionNetwork) {
    this.#network = network;
    this.#fragile = fragile;
    const hosts = Array.from({ length: peers }, (_, index) => index + 1);
    const start = (host: number, port: number, peersOf: readonly string[]): NodeRun =>
      new NodeRun({
        data: join(folder, `node${host}`),
        network: networkFile,
        miner,
        under: network.under(host),
        args: ['--host', addressOf(host), '--port', `${port}`, '--outbound', '0', '--log-level', 'warn'].concat(
          peersOf.flatMap((peer) => ['--peer', peer]),
        ),
      });
    this.#links = hosts.slice(0, fragile).map((host) => {
      const links = [
        `${addressOf(host)}:${NODE_PORT}=${addressOf(host)}:${BEHIND_LINK}`,
        `127.0.0.1:${LINK_OUT}=${addressOf(0)}:${NODE_PORT}`,
      ];
      const [program, ...args] = network.under(host);
      const link = spawn(program!, [...args, process.execPath, LINK, ...links], { stdio: ['pipe', 'pipe', 'inherit'] });
      atExit(() => link.kill('SIGKILL'));
      return link;
    });
    this.node = start(
      0,
      NODE_PORT,
      hosts.map((host) => urlAt(addressOf(host), NODE_PORT)),
    );
    this.peers = hosts.map((host) =>
      host <= fragile
        ? start(host, BEHIND_LINK, [urlAt('127.0.0.1', LINK_OUT)])
        : start(host, NODE_PORT, [urlAt(addressOf(0), NODE_PORT)]),
    );
  }

  /** The peers that can be broken. */
  get fragile(): readonly NodeRun[] {
    return this.peers.slice(0, this.#fragile);
  }

  /** Waits until the node is connected to all peers and they to it; throws after `patienceMs`. */
  async connected(patienceMs: number): Promise<void> {
    await Promise.all(this.#links.map((link) => once(link.stdout!, 'data')));
    for (const node of [this.node, ...this.peers]) {
      if (!(await node.serves)) throw new Error(`a node ended before it served: ${node.lastWords}`);
    }
    const deadline = performance.now() + patienceMs;
    const areConnected = async (node: NodeRun): Promise<boolean> =>
      (await statuses(node)).every((status) => status === 'CONNECTED');
    while (!(await Promise.all([this.node, ...this.peers].map(areConnected))).every(Boolean)) {
      if (performance.now() > deadline) throw new Error(`expected all connected after ${patienceMs / 1_000} s`);
      await delay(200);
    }
  }

  break(fault: Fault): void {
    if (fault === 'at 1 byte/s') {
      this.#tellLinks('slow');
      return;
    }
    const hosts = this.fragile.map((_, index) => index + 1);
    const cut = (from: number, to: number): Cut => ({ from, to, what: 'packets' });
    this.#network.cut(hosts.flatMap((host) => [cut(0, host), cut(host, 0)]));
  }

  heal(fault: Fault): void {
    if (fault === 'at 1 byte/s') this.#tellLinks('whole');
    else this.#network.heal();
  }

  /** Peers that the node finds unreachable now. */
  async unreachable(): Promise<number> {
    return (await statuses(this.node)).filter((status) => status === 'UNREACHABLE').length;
  }

  /** Whether these peers have the node's tip and as many pending transactions as it. */
  async areInSync(peers: readonly NodeRun[]): Promise<boolean> {
    const [own, ...others] = await Promise.all(
      [this.node, ...peers].map(async (node) => {
        const { chain, mempool } = await node.ask<State>('{ chain { tip { hash } } mempool { size } }');
        return `${chain.tip.hash} ${mempool.size}`;
      }),
    );
    return others.every((state) => state === own);
  }

  /** Ends all in order; resolves to how many did not end well. */
  async stop(): Promise<number> {
    const all = [this.node, ...this.peers];
    for (const node of all) node.kill('SIGTERM');
    const endings = await Promise.all(all.map(({ ended }) => ended));
    for (const link of this.#links) link.stdin!.end();
    return endings.filter(({ code }) => code !== 0).length;
  }

  #tellLinks(line: string): void {
    for (const link of this.#links) link.stdin!.write(`${line}\n`);
  }
}

interface State {
  readonly chain: { readonly tip: { readonly hash: string } };
  readonly mempool: { readonly size: number };
}

async function statuses(node: NodeRun): Promise<string[]> {
  const { peers } = await node.ask<{ peers: { status: string }[] }>('{ peers { status } }');
  return peers.map(({ status }) => status);
}

function urlAt(address: string, port: number): string {
  return `http://${address}:${port}/graphql`;
}
