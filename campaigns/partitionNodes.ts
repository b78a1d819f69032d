import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NodeRun } from './nodeRun.js';
import { addressOf as hostAddress, NODE_PORT, type Cut, type PartitionNetwork } from './partitionNetwork.js';
import { addressOf, MINERS, type PaymentPlan } from './paymentPlan.js';

/** One node's state of the ledger, of one moment. */
interface View {
  readonly chain: { readonly work: string; readonly tip: { readonly hash: string } };
  readonly balances: {
    readonly nodes: readonly { readonly confirmed: string; readonly nonce: string; readonly nextNonce: string }[];
  };
}

/** How far the nodes agree. */
export interface Agreement {
  /** All have one tip and the same balances. */
  readonly onState: boolean;
  /** Every payment that one of them acknowledged is on the chain or pending at each. */
  readonly onPayments: boolean;
  /** No transaction is pending. */
  readonly settled: boolean;
}

/**
 * One node on each host of a network, each a peer of all other reachable nodes. The last `hidden` nodes are unreachable: no other node can
 * call them or knows their address.
 */
export class PartitionNodes {
  readonly all: readonly NodeRun[];
  readonly #plan: PaymentPlan;

  /** Starts them; `folder` holds their data folders, `networkFile` is their network. */
  constructor(
    options: {
      readonly count: number;
      readonly hidden: number;
      readonly folder: string;
      readonly networkFile: string;
    },
    modules: { readonly network: Pick<PartitionNetwork, 'under' | 'hide'>; readonly plan: PaymentPlan },
  ) {
    const { count, hidden, folder, networkFile } = options;
    this.#plan = modules.plan;
    const hosts = Array.from({ length: count }, (_, host) => host);
    const reachable = hosts.slice(0, count - hidden);
    modules.network.hide(hosts.slice(count - hidden));
    this.all = hosts.map((host) => {
      const peers = reachable.filter((other) => other !== host).flatMap((other) => ['--peer', urlOf(other)]);
      const isReachable = reachable.includes(host);
      return new NodeRun({
        data: join(folder, `node${host}`),
        network: networkFile,
        miner: addressOf(modules.plan.network, MINERS[0]),
        under: modules.network.under(host),
        args: ['--host', hostAddress(host), '--port', `${NODE_PORT}`, '--outbound', '0', ...peers].concat(
          isReachable ? ['--public-url', urlOf(host)] : [],
        ),
      });
    });
  }

  /** Waits until each is connected to all the others; throws after 30 s. */
  async connected(): Promise<void> {
    for (const node of this.all) {
      if (!(await node.serves)) throw new Error(`a node ended before it served: ${node.lastWords}`);
    }
    const deadline = performance.now() + 30_000;
    while ((await this.#statuses()).some((peers) => [...peers.values()].some((status) => status !== 'CONNECTED'))) {
      if (performance.now() > deadline) throw new Error('expected all nodes connected to each other after 30 s');
      await delay(100);
    }
  }

  /** Throws if a node has ended, with the last lines of its log. */
  assertRunning(): void {
    for (const [host, node] of this.all.entries()) {
      if (node.hasEnded) throw new Error(`node ${host} ended: ${node.lastWords}`);
    }
  }

  /** Those of the cuts that the near node noticed: the other one is its peer, and is unreachable. */
  async noticed(cuts: readonly Cut[]): Promise<{ readonly noticed: Cut[]; readonly missed: Cut[] }> {
    const statuses = await this.#statuses();
    const known = cuts.filter(({ from, to }) => statuses[from]!.has(urlOf(to)));
    const noticed = known.filter(({ from, to }) => statuses[from]!.get(urlOf(to)) === 'UNREACHABLE');
    return { noticed, missed: known.filter((cut) => !noticed.includes(cut)) };
  }

  /** A node of each tip that has the most work: more than one is a tie, which lasts until the next block. */
  async heaviest(): Promise<NodeRun[]> {
    const views = await this.#views();
    const most = views.reduce((work, { chain }) => (BigInt(chain.work) > work ? BigInt(chain.work) : work), 0n);
    const tips = new Map<string, NodeRun>();
    for (const [host, { chain }] of views.entries()) {
      if (BigInt(chain.work) === most) tips.set(chain.tip.hash, this.all[host]!);
    }
    return [...tips.values()];
  }

  async agreement(): Promise<Agreement> {
    const views = await this.#views();
    const states = views.map(({ chain, balances }) =>
      [chain.tip.hash, ...balances.nodes.map(({ confirmed, nonce }) => `${confirmed} ${nonce}`)].join(),
    );
    const everywhere = (field: 'nonce' | 'nextNonce') =>
      views.every(({ balances }) =>
        this.#plan.acknowledged.every((count, sender) => Number(balances.nodes[sender]![field]) === count),
      );
    return {
      onState: new Set(states).size === 1,
      onPayments: everywhere('nextNonce'),
      settled: everywhere('nonce'),
    };
  }

  /** Ends all nodes in order; resolves to the hosts whose node did not end well. */
  async stop(): Promise<number[]> {
    for (const node of this.all) node.kill('SIGTERM');
    const endings = await Promise.all(this.all.map(({ ended }) => ended));
    return endings.flatMap(({ code }, host) => (code === 0 ? [] : [host]));
  }

  /** Senders first, in their order. */
  async #views(): Promise<View[]> {
    const { addresses, network } = this.#plan;
    const all = [...addresses, ...MINERS.map((miner) => addressOf(network, miner))];
    return Promise.all(this.all.map((node) => node.ask<View>(VIEW, { addresses: all })));
  }

  /** For each node the status of its peers, by URL. */
  async #statuses(): Promise<Map<string, string>[]> {
    type Answer = { readonly peers: readonly { readonly url: string; readonly status: string }[] };
    const answers = await Promise.all(this.all.map((node) => node.ask<Answer>('query { peers { url status } }')));
    return answers.map(({ peers }) => new Map(peers.map(({ url, status }) => [url, status])));
  }
}

function urlOf(host: number): string {
  return `http://${hostAddress(host)}:${NODE_PORT}/graphql`;
}

const VIEW = `query ($addresses: [Address!]!) { chain { work tip { hash } }
  balances(addresses: $addresses, first: 100) { nodes { confirmed nonce nextNonce } } }`;
