import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import { fromHex, toHex } from '../../src/crypto/bytes.js';
import { testAccount, testNetwork } from './blocks.js';
import { randomNumbers } from './randomNumbers.js';
import { type Manner, RelayNode, type RelayWorld } from './relayNode.js';
import { StepClock } from './stepClock.js';

export interface RelayNetworkOptions {
  readonly nodes: number;
  /** Peers of each node; at most all others. */
  readonly peers: number;
  readonly transactions: number;
  /** Transactions that begin together; 1 by default. */
  readonly together?: number;
  /** Peers that get a transaction as a whole, as Gossip has it. */
  readonly wholeCopies?: number;
  /** Every fifth node is one of these; none by default. */
  readonly fifth?: Exclude<Manner, 'honest'>;
}

/** What went between the honest nodes and everybody else. */
export interface RelayFigures {
  /** Requests for each transaction and honest node. */
  readonly messages: number;
  /** Of the bodies of these requests. */
  readonly bytes: number;
  /** Whole copies that an honest node got of a transaction, on average. */
  readonly copies: number;
  /** Until 99 % of the honest nodes had a transaction, the median of all. */
  readonly reachedMs: number;
  /** Transactions that an honest node does not have after two more greetings, for all of them. */
  readonly lost: number;
}

/** A transaction begins every so many milliseconds, each at another honest node. */
const EVERY_MS = 50;
/** After the last one. */
const QUIET_MS = 10_000;
const GREETING_MS = 5_000;
const chain = testNetwork();

/**
 * A network of nodes in memory whose links have their own delays, with the very classes that relay: Gossip, Outbox, TransactionRequests and Relay.
 * Only the answers of admission are made up, since nothing is checked here, and the transport. The same figures in every run.
 */
export class RelayNetwork implements RelayWorld {
  readonly #clock = new StepClock();
  readonly #options: RelayNetworkOptions;
  readonly #nodes: RelayNode[];
  readonly #random = randomNumbers(7);
  readonly #counts = { messages: 0, bytes: 0, copies: 0 };
  /** When each honest node had a transaction, by its id. */
  readonly #arrivals = new Map<string, number[]>();

  constructor(options: RelayNetworkOptions) {
    this.#options = options;
    const manner = (index: number): Manner => (index % 5 === 1 ? (options.fifth ?? 'honest') : 'honest');
    this.#nodes = Array.from({ length: options.nodes }, (_, index) => new RelayNode(index, manner(index), this));
    for (const [a, b] of this.#links()) {
      const delayMs = 20 + Math.floor(this.#random() * 130);
      a.join(b, delayMs);
      b.join(a, delayMs);
    }
  }

  get clock(): StepClock {
    return this.#clock;
  }

  get random(): () => number {
    return this.#random;
  }

  get wholeCopies(): number | undefined {
    return this.#options.wholeCopies;
  }

  /** Relays all transactions, and resolves once nothing happens any more. */
  async run(): Promise<RelayFigures> {
    const honest = this.#nodes.filter(({ manner }) => manner === 'honest');
    const transactions = someTransactions(this.#options.transactions);
    const { together = 1 } = this.#options;
    const startOf = (index: number) => Math.floor(index / together) * EVERY_MS;
    for (const [index, transaction] of transactions.entries()) {
      const origin = honest[Math.floor(this.#random() * honest.length)]!;
      this.#arrivals.set(toHex(transaction.id), []);
      this.#clock.at(startOf(index), () => origin.accept([transaction], undefined));
    }
    await this.#clock.run(startOf(transactions.length) + QUIET_MS);
    const { messages, bytes, copies } = this.#counts;
    const reached = [...this.#arrivals.values()].map((times, index) => {
      const sorted = times.toSorted((a, b) => a - b);
      return (sorted[Math.ceil(0.99 * honest.length) - 1] ?? Infinity) - startOf(index);
    });
    for (let greetings = 0; greetings < 2; greetings++) {
      for (const node of honest) node.greet();
      await this.#clock.run(GREETING_MS);
    }
    const all = honest.length * transactions.length;
    const had = [...this.#arrivals.values()].reduce((sum, { length }) => sum + length, 0);
    return {
      messages: messages / all,
      bytes: bytes / all,
      copies: copies / all,
      reachedMs: reached.toSorted((a, b) => a - b)[Math.floor(reached.length / 2)]!,
      lost: all - had,
    };
  }

  /** A node has a transaction from now on. */
  arrived(id: string, { manner }: RelayNode): void {
    if (manner === 'honest') this.#arrivals.get(id)!.push(this.#clock.elapsed());
  }

  /** Counts a message where an honest node has a part in it. */
  sent(from: RelayNode, to: RelayNode, message: { readonly bytes: number; readonly copies: number }): void {
    if (from.manner !== 'honest') return;
    this.#counts.messages++;
    this.#counts.bytes += message.bytes;
    if (to.manner === 'honest') this.#counts.copies += message.copies;
  }

  /** Rings through all nodes in an order of their own each: so every node has the same number of peers, nearly. */
  *#links(): Generator<readonly [RelayNode, RelayNode]> {
    const { nodes, peers } = this.#options;
    const seen = new Set<number>();
    const isFull = peers >= nodes - 1;
    for (let ring = 0; ring < (isFull ? nodes - 1 : peers / 2); ring++) {
      const order = isFull ? this.#nodes : shuffled(this.#nodes, this.#random);
      for (const [place, a] of order.entries()) {
        const b = order[(place + (isFull ? ring : 0) + 1) % nodes]!;
        const key = Math.min(a.index, b.index) * nodes + Math.max(a.index, b.index);
        if (a === b || seen.has(key)) continue;
        seen.add(key);
        yield [a, b];
      }
    }
  }
}

function someTransactions(count: number): Transaction[] {
  return Array.from({ length: count }, (_, index) => {
    const sender = fromHex((index + 1).toString(16).padStart(8, '0').padEnd(64, 'a'));
    const unsigned = { sender, recipient: testAccount(0).publicKey, amount: 1n, fee: 0n, nonce: 0n, memo: '' };
    return createTransaction(chain.chainId, unsigned, new Uint8Array(64));
  });
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, lot: random() }))
    .toSorted((a, b) => a.lot - b.lot)
    .map(({ item }) => item);
}
