import type { Network } from '../../src/consensus/network.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import type { RunningNode } from '../../src/node.js';
import { testAccount } from './blocks.js';
import type { LogLine } from './logger.js';
import type { MachineClock } from './manualClock.js';
import { addressOf, transactionInput } from './node.js';
import { ADD, ADD_PEER, CHAIN, MINE, type Outcome } from './operations.js';
import { idle } from './simulationIdle.js';
import type { SimulationTransport } from './simulationTransport.js';

export interface SimulatedNodeOptions {
  readonly name: string;
  /** Number of the test account that its mining pays. */
  readonly miner: number;
  readonly adminToken: string;
}

export interface SimulatedNodeModules {
  readonly node: RunningNode;
  readonly clock: MachineClock;
  readonly transport: SimulationTransport;
  /** Its log. */
  readonly lines: readonly LogLine[];
}

export interface Tip {
  readonly height: number;
  readonly hash: string;
}

/** A node's view of one of its peers. */
export interface PeerView {
  readonly url: string;
  readonly status: string;
  readonly standing: number;
}

/** A node of a simulation, as its operator sees it. */
export class SimulatedNode {
  readonly name: string;
  readonly miner: number;
  readonly url: string;
  /** Its machine's. */
  readonly clock: MachineClock;
  readonly lines: readonly LogLine[];
  readonly #adminToken: string;
  readonly #network: Network;
  readonly #node: RunningNode;
  readonly #transport: SimulationTransport;

  constructor(
    { name, miner, adminToken }: SimulatedNodeOptions,
    { node, clock, transport, lines }: SimulatedNodeModules,
  ) {
    this.name = name;
    this.miner = miner;
    this.url = node.url;
    this.clock = clock;
    this.lines = lines;
    this.#adminToken = adminToken;
    this.#network = node.network;
    this.#node = node;
    this.#transport = transport;
  }

  /** Asks over no link. Throws on a GraphQL error. */
  async ask<Data>(query: string, variables: object = {}): Promise<Data> {
    const headers = { authorization: `Bearer ${this.#adminToken}` };
    const answer = await this.#transport.ask(this.name, { query, variables }, headers);
    const { data, errors } = JSON.parse(answer) as { data: Data; errors?: unknown };
    if (errors) throw new Error(`${this.name}: ${JSON.stringify(errors)}`);
    return data;
  }

  /** Mines blocks of pending transactions, one after the other, and announces them to its peers. */
  async mine(count = 1): Promise<void> {
    const { outcomes } = await this.ask<{ outcomes: Outcome[] }>(MINE, { count });
    const refused = outcomes.find(({ code }) => code !== undefined);
    if (refused || outcomes.length !== count) throw new Error(`${this.name} did not mine: ${JSON.stringify(outcomes)}`);
    await idle();
  }

  /** Hands in a transaction. Throws if it is not accepted. */
  async add(transaction: Transaction): Promise<void> {
    const variables = { t: transactionInput(this.#network, transaction) };
    const { outcome } = await this.ask<{ outcome: Outcome }>(ADD, variables);
    if (outcome.code !== undefined) throw new Error(`${this.name} did not accept: ${JSON.stringify(outcome)}`);
    await idle();
  }

  /** Makes others its peers; they are greeted when this resolves, as far as that takes no time. */
  async addPeers(others: readonly SimulatedNode[]): Promise<void> {
    for (const { url } of others) void this.ask(ADD_PEER, { url });
    await idle();
  }

  async tip(): Promise<Tip> {
    const { chain } = await this.ask<{ chain: { height: number; tip: { hash: string } } }>(CHAIN);
    return { height: chain.height, hash: chain.tip.hash };
  }

  /** Base units that the chain gives to each test account, in order. */
  async balances(): Promise<bigint[]> {
    const fields = Array.from({ length: ACCOUNTS }, (_, index) => {
      const address = addressOf(this.#network, testAccount(index));
      return `account${index}: balance(address: "${address}") { confirmed }`;
    });
    const answer = await this.ask<Record<string, { confirmed: string }>>(`{ ${fields.join(' ')} }`);
    return Object.values(answer).map(({ confirmed }) => BigInt(confirmed));
  }

  /** Transactions that wait in its mempool. */
  async pending(): Promise<number> {
    return (await this.ask<{ mempool: { size: number } }>(CHAIN)).mempool.size;
  }

  async peer(other: SimulatedNode): Promise<PeerView> {
    const { peers } = await this.ask<{ peers: PeerView[] }>('{ peers { url status standing } }');
    const view = peers.find(({ url }) => url === other.url);
    if (!view) throw new Error(`${this.name}: expected ${other.name} among its peers, got ${JSON.stringify(peers)}`);
    return view;
  }

  /** Faults of its peer, by its log. */
  blames(other: SimulatedNode): string[] {
    return this.lines
      .filter(({ peer, msg }) => peer === other.url && (msg === 'peer unreachable' || msg === 'peer banned'))
      .map(({ msg, reason }) => `${msg}: ${String(reason)}`);
  }

  async close(): Promise<void> {
    this.#transport.remove(this.name);
    await this.#node.close();
  }
}

/** Test accounts that a simulation uses: those with coins at genesis, and one for each of up to five miners. */
const ACCOUNTS = 9;
