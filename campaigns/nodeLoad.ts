import { setTimeout as delay } from 'node:timers/promises';
import type { CampaignReport } from './campaign.js';
import type { NodeRun } from './nodeRun.js';
import type { PaymentPlan } from './paymentPlan.js';
import type { Random } from './random.js';
import { sideBranch } from './sideBranch.js';
import { ClientError } from 'graphql-request';
import { toHex } from '../src/crypto/bytes.js';
import type { Transaction } from '../src/consensus/transaction.js';
import { Wire } from '../src/peers/wire.js';

/** What a load did to a node, over all of its lives. */
export interface LoadCounts {
  blocks: number;
  reorganizations: number;
  /** Height of the last block that the node acknowledged. */
  acknowledgedHeight: number;
}

export interface NodeLoadOptions {
  /** Goes on counting. */
  readonly counts: LoadCounts;
  /** Code of the one refusal that is no fault: what was refused is sent again. */
  readonly expects?: 'STORAGE_FULL' | 'INTERNAL_SERVER_ERROR' | undefined;
}

/** The answer to one transaction or block. */
interface Outcome {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly onBestChain?: boolean;
  readonly block?: { readonly height: number };
}

/**
 * What a node is kept busy with: every sender pays as fast as it is answered, one by one or in batches; the node mines what is
 * pending, and is given side branches that win. What it acknowledges is noted in the plan.
 */
export class NodeLoad {
  /** Ids of what was acknowledged in this life of the node. */
  readonly acknowledged: string[] = [];
  /** How many were refused, and how many since one was accepted. */
  readonly refused = { transactions: 0, blocks: 0 };
  readonly refusedInARow = { transactions: 0, blocks: 0 };
  readonly #node: NodeRun;
  readonly #plan: PaymentPlan;
  readonly #random: Random;
  readonly #report: Pick<CampaignReport, 'fellShort'>;
  readonly #counts: LoadCounts;
  readonly #expects: string | undefined;
  readonly #wire: Wire;
  /** Nonces on the best chain, as the driver last saw them. */
  #confirmed: number[] = [];
  #stopping = false;

  constructor(
    options: NodeLoadOptions,
    modules: {
      readonly node: NodeRun;
      readonly plan: PaymentPlan;
      readonly random: Random;
      readonly report: Pick<CampaignReport, 'fellShort'>;
    },
  ) {
    this.#counts = options.counts;
    this.#expects = options.expects;
    this.#node = modules.node;
    this.#plan = modules.plan;
    this.#random = modules.random;
    this.#report = modules.report;
    this.#wire = new Wire(modules.plan.network);
  }

  /** Goes on until the node has ended or `stop` was called. An answer that it must not give falls short. */
  async run(): Promise<void> {
    await this.#untilEnd(async () => {
      const nextNonces = await this.#look();
      const senders = nextNonces.map((nonce, sender) => this.#untilEnd(() => this.#pay(sender, nonce)));
      await Promise.all([this.#untilEnd(() => this.#drive()), ...senders]);
    });
  }

  stop(): void {
    this.#stopping = true;
  }

  get #goesOn(): boolean {
    return !this.#stopping && !this.#node.hasEnded;
  }

  async #untilEnd(part: () => Promise<void>): Promise<void> {
    try {
      await part();
    } catch (error) {
      this.stop();
      if (!(await this.#node.explains(error))) this.#report.fellShort(`under load: ${String(error).slice(0, 500)}`);
    }
  }

  async #pay(sender: number, nextNonce: number): Promise<void> {
    for (let nonce = nextNonce; this.#goesOn;) {
      if (nonce - this.#confirmed[sender]! >= MAX_PENDING) {
        await delay(5);
        continue;
      }
      const batch = Array.from({ length: this.#batchSize() }, (_, index) =>
        this.#plan.transaction(sender, nonce + index),
      );
      for (const [index, outcome] of (await this.#send(batch)).entries()) {
        if (!(await this.#isAccepted(outcome, 'transactions'))) break;
        this.acknowledged.push(toHex(batch[index]!.id));
        this.#plan.acknowledged[sender] = Math.max(this.#plan.acknowledged[sender]!, ++nonce);
      }
    }
  }

  /** False, a moment later, for a refusal that is expected; throws on any other. */
  async #isAccepted({ __typename, code, message }: Outcome, kind: keyof NodeLoad['refused']): Promise<boolean> {
    if (__typename.endsWith('Accepted')) {
      this.refusedInARow[kind] = 0;
      return true;
    }
    if (code === SENDER_LIMIT) {
      // A reorganization has put back more than a sender may add to; the next blocks make room.
      await delay(10);
      return false;
    }
    if (code === undefined || code !== this.#expects) throw new Error(`${kind} refused: ${code} ${message}`);
    this.refused[kind]++;
    this.refusedInARow[kind]++;
    await delay(10);
    return false;
  }

  #batchSize(): number {
    return this.#random.below(3) === 0 ? 1 + this.#random.below(8) : 1;
  }

  async #send(batch: readonly Transaction[]): Promise<readonly Outcome[]> {
    const inputs = batch.map((transaction) => this.#wire.transactionInput(transaction));
    return inputs.length > 1
      ? this.#ask(ADD_MANY, { transactions: inputs })
      : this.#ask(ADD_ONE, { transaction: inputs[0] });
  }

  /** What a mutation answered; a refusal that is expected is an outcome, also where it comes as an error. */
  async #ask(mutation: string, variables: Record<string, unknown>): Promise<readonly Outcome[]> {
    try {
      const { outcome } = await this.#node.ask<{ outcome: Outcome | Outcome[] }>(mutation, variables);
      return [outcome].flat();
    } catch (error) {
      const [refusal] = (error instanceof ClientError && error.response.errors) || [];
      if (refusal?.extensions.code !== this.#expects || !refusal) throw error;
      return [{ __typename: 'Rejected', code: this.#expects!, message: refusal.message }];
    }
  }

  /** The only one that makes blocks: so the tip is where it left it. */
  async #drive(): Promise<void> {
    while (this.#goesOn) {
      if (this.#random.below(3) === 0) await this.#reorganize();
      else await this.#isConnected((await this.#ask(MINE, {}))[0]!);
      await this.#look();
    }
  }

  async #reorganize(): Promise<void> {
    const branch = (await sideBranch(this.#node, this.#plan.network, this.#random)) ?? [];
    for (const [index, block] of branch.entries()) {
      const [outcome] = await this.#ask(RECEIVE_BLOCK, { block: this.#wire.blockInput(block) });
      const isLast = index === branch.length - 1;
      if (!(await this.#isConnected(outcome!, isLast))) return;
      if (isLast) this.#counts.reorganizations++;
    }
  }

  /** False if the block was refused as expected. */
  async #isConnected(outcome: Outcome, onBestChain = true): Promise<boolean> {
    if (!(await this.#isAccepted(outcome, 'blocks'))) return false;
    if (outcome.onBestChain !== onBestChain) throw new Error(`a block on the wrong branch: ${JSON.stringify(outcome)}`);
    this.#counts.blocks++;
    if (onBestChain) this.#counts.acknowledgedHeight = outcome.block!.height;
    return true;
  }

  /** Sees how far the senders are on the chain; returns what each would have to send next. */
  async #look(): Promise<number[]> {
    const { balances } = await this.#node.ask<{ balances: { nodes: { nonce: string; nextNonce: string }[] } }>(NONCES, {
      addresses: this.#plan.addresses,
    });
    this.#confirmed = balances.nodes.map(({ nonce }) => Number(nonce));
    return balances.nodes.map(({ nextNonce }) => Number(nextNonce));
  }
}

const SENDER_LIMIT = 'SENDER_LIMIT';
/** Of one sender, before its earlier ones are confirmed: the mempool takes 64, though a reorganization may put back more. */
const MAX_PENDING = 24;
const ADD_ONE = `mutation ($transaction: AddTransactionInput!) { outcome: addTransaction(transaction: $transaction) {
  __typename ... on Rejected { code message } } }`;
const ADD_MANY = `mutation ($transactions: [SignedTransactionInput!]!) {
  outcome: addTransactions(transactions: $transactions) { __typename ... on Rejected { code message } } }`;
const MINE = `mutation { outcome: mineBlocks(count: 1) {
  __typename ... on BlockAccepted { onBestChain block { height } } ... on Rejected { code message } } }`;
const RECEIVE_BLOCK = `mutation ($block: BlockInput!) { outcome: receiveBroadcastBlock(block: $block) {
  __typename ... on BlockAccepted { onBestChain block { height } } ... on Rejected { code message } } }`;
const NONCES = `query ($addresses: [Address!]!) { balances(addresses: $addresses, first: 100) { nodes { nonce nextNonce } } }`;
