import { join } from 'node:path';
import type { CampaignReport } from './campaign.js';
import { checkLedger, checkTransactions } from './ledgerCheck.js';
import { NodeLoad, type LoadCounts, type NodeLoadOptions } from './nodeLoad.js';
import { NodeRun } from './nodeRun.js';
import { addressOf, campaignNetwork, MINERS, PaymentPlan } from './paymentPlan.js';
import { Random } from './random.js';
import { verifyCopy } from './verifyCopy.js';

export interface NodeLivesOptions {
  readonly seed: number;
  /** Where the network file is written. */
  readonly folder: string;
  /** Data folder of the node. */
  readonly data: string;
}

/** The lives of one node, always on the same data folder. Each has to begin with all that the ones before acknowledged. */
export class NodeLives {
  readonly #networkFile: string;
  readonly #data: string;
  readonly #report: Pick<CampaignReport, 'fellShort'>;
  readonly #plan: PaymentPlan;
  readonly #random: Random;
  readonly #counts: LoadCounts = { blocks: 0, reorganizations: 0, acknowledgedHeight: 0 };
  /** Ids of what was acknowledged, by life. */
  readonly #acknowledged: string[][] = [];
  #verified = 0;

  constructor(
    { seed, folder, data }: NodeLivesOptions,
    modules: { readonly report: Pick<CampaignReport, 'fellShort'> },
  ) {
    this.#networkFile = join(folder, 'network.json');
    this.#data = data;
    this.#report = modules.report;
    this.#plan = new PaymentPlan(campaignNetwork(this.#networkFile), seed);
    this.#random = new Random(seed);
  }

  /** Starts the node, by another program where `under` names one: see NodeRun. */
  start(under: readonly string[] = []): NodeRun {
    const miner = addressOf(this.#plan.network, MINERS[0]);
    return new NodeRun({ data: this.#data, network: this.#networkFile, miner, under });
  }

  /**
   * Checks a node that was started, then keeps it busy until `end` has resolved and the node has ended. A node that ends by
   * itself falls short, one that was killed before does not.
   */
  async live(
    node: NodeRun,
    end: (load: NodeLoad) => Promise<void> | undefined,
    expects?: NodeLoadOptions['expects'],
  ): Promise<void> {
    if (!(await node.serves)) {
      const { code, signal } = await node.ended;
      if (signal !== 'SIGKILL') this.#report.fellShort(`FAILED RESTART: ${signal ?? code}: ${node.lastWords}`);
      return;
    }
    if (!(await this.#check(node, this.#acknowledged.slice(-3).flat()))) return;
    const modules = { node, plan: this.#plan, random: this.#random, report: this.#report };
    const load = new NodeLoad({ counts: this.#counts, expects }, modules);
    const running = load.run();
    await end(load);
    const { code, signal } = await node.ended;
    await running;
    this.#acknowledged.push(load.acknowledged);
    if (signal !== 'SIGKILL') this.#report.fellShort(`ended by itself: ${signal ?? code}: ${node.lastWords}`);
  }

  /** A life without load or fault: asks for every single transaction, stops in order, and is verified. */
  async last(): Promise<void> {
    const node = this.start();
    if (!(await node.serves)) {
      this.#report.fellShort(`FAILED RESTART: ${node.lastWords}`);
      return;
    }
    await this.#check(node, this.#acknowledged.flat());
    node.kill('SIGTERM');
    const { code, signal } = await node.ended;
    if (code !== 0) this.#report.fellShort(`the last stop ended with ${signal ?? code}: ${node.lastWords}`);
    await this.verify();
  }

  /** `corrente verify` on a copy of what the last life left. */
  async verify(): Promise<void> {
    const damage = await verifyCopy(this.#data, this.#networkFile);
    if (damage !== undefined) this.#report.fellShort(`HALF: verify: ${damage}`);
    this.#verified++;
  }

  get summary(): string {
    const { blocks, reorganizations } = this.#counts;
    return (
      `${this.#plan.acknowledgedCount} transactions and ${blocks} blocks acknowledged, ` +
      `${reorganizations} reorganizations, verified ${this.#verified} times`
    );
  }

  /** False if the node ended before all was asked. */
  async #check(node: NodeRun, ids: readonly string[]): Promise<boolean> {
    try {
      await checkLedger(node, this.#plan, this.#counts.acknowledgedHeight, this.#report);
      await checkTransactions(node, ids, this.#report);
      return true;
    } catch (error) {
      if (!(await node.explains(error))) throw error;
      return false;
    }
  }
}
