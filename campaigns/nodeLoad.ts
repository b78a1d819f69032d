import { setTimeout as delay } from 'node:timers/promises';
import type { CampaignReport } from './campaign.js';
import type { NodeRun } from './nodeRun.js';
import { PaymentLoad, type PaymentCounts, type PaymentLoadModules } from './paymentLoad.js';
import type { PaymentPlan } from './paymentPlan.js';
import type { PaymentRecord, Slot } from './paymentRecord.js';
import type { Random } from './random.js';
import { Refusals, type ExpectedRefusal } from './refusals.js';
import { sideBranch } from './sideBranch.js';
import { Wire } from '../src/peers/client/wire.js';

/** Counts of a load on a node, over all of its lives. */
export interface LoadCounts extends PaymentCounts {
  blocks: number;
  reorganizations: number;
  /** Height of the last block that the node acknowledged. */
  acknowledgedHeight: number;
}

export interface NodeLoadOptions {
  /** Counts of earlier lives, which this load continues. */
  readonly counts: LoadCounts;
  /** Code of the only refusal that is expected: the load sends a refused item again. */
  readonly expects?: ExpectedRefusal | undefined;
}

/** The answer to one block. */
interface Outcome {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly onBestChain?: boolean;
  readonly block?: { readonly height: number };
}

/**
 * The load on a node: every sender pays, and replaces its payments, as fast as it gets answers, one by one or in batches; the node mines
 * pending transactions, and gets side branches that win. The record notes everything that the node acknowledges.
 */
export class NodeLoad {
  readonly #node: NodeRun;
  readonly #plan: PaymentPlan;
  readonly #record: PaymentRecord;
  readonly #random: Random;
  readonly #report: Pick<CampaignReport, 'fellShort'>;
  readonly #counts: LoadCounts;
  readonly #refusals: Refusals;
  readonly #payments: PaymentLoad;
  readonly #wire: Wire;
  /** Nonces on the best chain, as the driver last saw them. */
  #confirmed: number[] = [];
  #stopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor({ counts, expects }: NodeLoadOptions, modules: Omit<PaymentLoadModules, 'refusals'>) {
    this.#counts = counts;
    this.#node = modules.node;
    this.#plan = modules.plan;
    this.#record = modules.record;
    this.#random = modules.random;
    this.#report = modules.report;
    this.#refusals = new Refusals(expects);
    this.#payments = new PaymentLoad({ counts }, { ...modules, refusals: this.#refusals });
    this.#wire = new Wire(modules.plan.network);
  }

  /** Slots of payments acknowledged in this life of the node. */
  get acknowledged(): readonly Slot[] {
    return this.#payments.acknowledged;
  }

  /** Number of refusals, and number since the last acceptance. */
  get refused(): Refusals['total'] {
    return this.#refusals.total;
  }

  get refusedInARow(): Refusals['inARow'] {
    return this.#refusals.inARow;
  }

  /** Runs until the node has ended or `stop` is called. A wrong answer falls short. */
  run(): Promise<void> {
    this.#running = this.#untilEnd(async () => {
      await this.#look();
      const senders = this.#confirmed.map((_, sender) => this.#untilEnd(() => this.#pay(sender)));
      await Promise.all([this.#untilEnd(() => this.#drive()), ...senders]);
    });
    return this.#running;
  }

  /** Stops, and resolves when everything is answered. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  get #goesOn(): boolean {
    return !this.#stopping && !this.#node.hasEnded;
  }

  async #untilEnd(part: () => Promise<void>): Promise<void> {
    try {
      await part();
    } catch (error) {
      this.#stopping = true;
      if (!(await this.#node.explains(error))) this.#report.fellShort(`under load: ${String(error).slice(0, 500)}`);
    }
  }

  /** False, a moment later, for the expected refusal; throws on any other. */
  async #isAccepted({ __typename, code, message }: Outcome): Promise<boolean> {
    if (__typename === 'BlockAccepted') {
      this.#refusals.accept('blocks');
      return true;
    }
    if (code === undefined || code !== this.#refusals.expected) throw new Error(`blocks refused: ${code} ${message}`);
    this.#refusals.refuse('blocks');
    await delay(10);
    return false;
  }

  async #pay(sender: number): Promise<void> {
    while (this.#goesOn) await this.#payments.pay(sender, this.#confirmed[sender]!);
  }

  /** The only part that makes blocks, so the tip stays where it left it. */
  async #drive(): Promise<void> {
    while (this.#goesOn) {
      if (this.#random.below(3) === 0) await this.#reorganize();
      else await this.#isConnected(await this.#ask(MINE));
      await this.#look();
    }
  }

  async #reorganize(): Promise<void> {
    const branch = (await sideBranch(this.#node, this.#plan.network, this.#random)) ?? [];
    for (const [index, block] of branch.entries()) {
      const outcome = await this.#ask(RECEIVE_BLOCK, { block: this.#wire.blockInput(block) });
      const isLast = index === branch.length - 1;
      if (!(await this.#isConnected(outcome, isLast))) return;
      if (isLast) this.#counts.reorganizations++;
    }
  }

  async #ask(mutation: string, variables: Record<string, unknown> = {}): Promise<Outcome> {
    const [outcome] = await this.#refusals.ask<Outcome>(this.#node, mutation, variables);
    return outcome!;
  }

  /** False if the block was refused as expected. */
  async #isConnected(outcome: Outcome, onBestChain = true): Promise<boolean> {
    if (!(await this.#isAccepted(outcome))) return false;
    if (outcome.onBestChain !== onBestChain) throw new Error(`a block on the wrong branch: ${JSON.stringify(outcome)}`);
    this.#counts.blocks++;
    if (onBestChain) this.#counts.acknowledgedHeight = outcome.block!.height;
    return true;
  }

  /** Reads the senders' nonces on the chain, and checks the replacements so far: no block is under way. */
  async #look(): Promise<void> {
    const contested = this.#record.takeContested();
    const { balances } = await this.#node.ask<{ balances: { nodes: { nonce: string }[] } }>(NONCES, {
      addresses: this.#plan.addresses,
    });
    this.#confirmed = balances.nodes.map(({ nonce }) => Number(nonce));
    await this.#payments.settle(contested, this.#confirmed);
  }
}

const MINE = `mutation { outcome: mineBlocks(count: 1) {
  __typename ... on BlockAccepted { onBestChain block { height } } ... on Rejected { code message } } }`;
const RECEIVE_BLOCK = `mutation ($block: BlockInput!) { outcome: receiveBroadcastBlock(block: $block) {
  __typename ... on BlockAccepted { onBestChain block { height } } ... on Rejected { code message } } }`;
const NONCES = `query ($addresses: [Address!]!) { balances(addresses: $addresses, first: 100) { nodes { nonce } } }`;
