import { setTimeout as delay } from 'node:timers/promises';
import type { CampaignReport } from './campaign.js';
import type { NodeRun } from './nodeRun.js';
import { SENDERS, type PaymentPlan } from './paymentPlan.js';
import type { Random } from './random.js';
import { supplyAt } from '../src/consensus/network.js';
import type { Transaction } from '../src/consensus/transaction.js';
import { Wire } from '../src/peers/client/wire.js';

export interface PartitionLoadModules {
  readonly nodes: readonly NodeRun[];
  readonly plan: PaymentPlan;
  readonly random: Random;
  readonly report: Pick<CampaignReport, 'fellShort'>;
}

/** The answer to one transaction or block. */
interface Outcome {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
}

/**
 * The load on the nodes while their network is apart, on every side of it: each sender pays at a node of its own, and tries some payments
 * again at another; nodes mine blocks; and it reads balances.
 */
export class PartitionLoad {
  blocks = 0;
  /** How often it compared the sum of all balances with the supply, at the tip of one node. */
  sums = 0;
  readonly #modules: PartitionLoadModules;
  readonly #wire: Wire;
  #stopping = false;

  constructor(modules: PartitionLoadModules) {
    this.#modules = modules;
    this.#wire = new Wire(modules.plan.network);
  }

  /** Runs for so long, and resolves when everything is answered. */
  async run(milliseconds: number): Promise<void> {
    this.#stopping = false;
    const { nodes, random } = this.#modules;
    const senders = Array.from({ length: SENDERS }, (_, sender) => this.#pay(sender, random.pick(nodes)));
    const working = Promise.all([...senders, this.#mine(), this.#read()]);
    await Promise.race([working, delay(milliseconds)]);
    this.#stopping = true;
    await working;
  }

  async #pay(sender: number, node: NodeRun): Promise<void> {
    const { nodes, plan, random, report } = this.#modules;
    for (let count = 0; count < MAX_PAYMENTS && !this.#stopping; count++) {
      const nonce = plan.acknowledged[sender]!;
      const transaction = plan.transaction(sender, nonce);
      const { __typename, code, message } = await this.#add(node, transaction);
      if (__typename === 'TransactionAccepted') plan.acknowledged[sender] = nonce + 1;
      else report.fellShort(`sender ${sender} was refused: ${code} ${message}`);
      // Accepted or not: that node may not have the payments before it yet.
      if (random.below(4) === 0) await this.#add(random.pick(nodes), transaction);
      await delay(random.below(200));
    }
  }

  async #add(node: NodeRun, transaction: Transaction): Promise<Outcome> {
    const variables = { transaction: this.#wire.transactionInput(transaction) };
    return (await node.ask<{ outcome: Outcome }>(ADD, variables)).outcome;
  }

  async #mine(): Promise<void> {
    const { nodes, random } = this.#modules;
    while (!this.#stopping) {
      await this.mineAt(random.pick(nodes));
      await delay(random.below(300));
    }
  }

  /** Mines one block, which the node must accept. */
  async mineAt(node: NodeRun): Promise<void> {
    const { outcomes } = await node.ask<{ outcomes: Outcome[] }>(MINE);
    const { __typename, code, message } = outcomes[0]!;
    if (__typename !== 'BlockAccepted') this.#modules.report.fellShort(`a block was refused: ${code} ${message}`);
    this.blocks++;
  }

  async #read(): Promise<void> {
    const { nodes, plan, random, report } = this.#modules;
    while (!this.#stopping) {
      const { chain, balances } = await random.pick(nodes).ask<Sums>(SUMS);
      const sum = balances.nodes.reduce((total, { confirmed }) => total + BigInt(confirmed), 0n);
      const issued = supplyAt(plan.network, chain.height);
      if (sum !== issued || BigInt(chain.supply) !== issued) {
        report.fellShort(`at height ${chain.height} balances are ${sum}, supply ${chain.supply}, expected ${issued}`);
      }
      this.sums++;
      await delay(100);
    }
  }
}

interface Sums {
  readonly chain: { readonly height: number; readonly supply: string };
  readonly balances: { readonly nodes: readonly { readonly confirmed: string }[] };
}

/** Pending payments of one sender, at most as many as a mempool takes. A reorganization may make all of them pending again. */
const MAX_PAYMENTS = 64;
const ADD = `mutation ($transaction: AddTransactionInput!) { outcome: addTransaction(transaction: $transaction) {
  __typename ... on Rejected { code message } } }`;
const MINE = `mutation { outcomes: mineBlocks(count: 1) { __typename ... on Rejected { code message } } }`;
const SUMS = `query { chain { height supply } balances(first: ${SENDERS + 10}) { nodes { confirmed } } }`;
