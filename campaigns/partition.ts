import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { campaignFolder } from './atExit.js';
import { runCampaign, type CampaignReport } from './campaign.js';
import { checkLedger, type Claims } from './ledgerCheck.js';
import { replayHistory } from './partitionHistory.js';
import { PartitionLoad } from './partitionLoad.js';
import { PartitionNetwork } from './partitionNetwork.js';
import { PartitionNodes, type Agreement } from './partitionNodes.js';
import { dealPartition, PARTITION_SHAPES, type Partition } from './partitionShapes.js';
import { campaignNetwork, PaymentPlan } from './paymentPlan.js';
import { inPrivateNamespace } from './privateNamespace.js';
import { Random } from './random.js';

/**
 * Five nodes, all or only three of them with a public address, whose network falls apart again and again while all sides mine and accept
 * payments. When it is whole again, all must be on one tip with the same balances within 10 s. Then each payment that a node acknowledged
 * must be applied once or pending, at all nodes. A fault is a cut, one direction between two nodes, that the near node noticed.
 */
class PartitionCampaign {
  readonly #report: CampaignReport;
  readonly #random: Random;
  readonly #plan: PaymentPlan;
  readonly #network: PartitionNetwork;
  readonly #nodes: PartitionNodes;
  readonly #load: PartitionLoad;
  #slowestStateMs = 0;
  #slowestPaymentsMs = 0;

  /** The other hosts cannot call the last `hidden` hosts. */
  constructor(seed: number, hidden: number, network: PartitionNetwork, report: CampaignReport) {
    const folder = campaignFolder();
    this.#network = network;
    const networkFile = join(folder, 'network.json');
    console.log(hidden === 0 ? 'all can be reached' : `${hidden} of ${HOSTS} cannot be reached`);
    this.#report = report;
    this.#random = new Random(seed);
    this.#plan = new PaymentPlan(campaignNetwork(networkFile), seed);
    this.#nodes = new PartitionNodes(
      { count: HOSTS, hidden, folder, networkFile },
      { network: this.#network, plan: this.#plan },
    );
    this.#load = new PartitionLoad({ nodes: this.#nodes.all, plan: this.#plan, random: this.#random, report });
  }

  /** `rounds` partitions, of each shape equally many; each lasts from `leastMs` to `mostMs`. */
  async run(rounds: number, leastMs: number, mostMs: number): Promise<void> {
    await this.#nodes.connected();
    const shapes = Array.from({ length: rounds }, (_, round) => PARTITION_SHAPES[round % PARTITION_SHAPES.length]!);
    for (const [index, shape] of this.#random.shuffled(shapes).entries()) {
      const partition = dealPartition(shape, HOSTS, this.#random);
      const milliseconds = leastMs + this.#random.below(mostMs - leastMs);
      const healed = await this.#round(partition, milliseconds);
      console.log(`${index + 1} of ${rounds}: ${partition.title} for ${inSeconds(milliseconds)}: ${healed}`);
    }
    await this.#last();
  }

  async #round({ title, cuts }: Partition, milliseconds: number): Promise<string> {
    const { blocks } = this.#load;
    this.#network.cut(cuts);
    await this.#load.run(milliseconds);
    const mined = this.#load.blocks - blocks;
    this.#nodes.assertRunning();
    const { noticed, missed } = await this.#nodes.noticed(cuts);
    this.#report.faults += noticed.length;
    for (const { from, to } of missed) {
      this.#report.fellShort(`${title}: ${from} did not notice that it cannot reach ${to}`);
    }
    const heaviest = await this.#nodes.heaviest();
    this.#network.heal();
    const healed = performance.now();
    // By the rules, a tie lasts until the next block.
    if (heaviest.length > 1) await this.#load.mineAt(heaviest[0]!);

    const stateMs = await this.#until(`${title}: one state`, healed, HEALING_MS, ({ onState }) => onState);
    this.#slowestStateMs = Math.max(this.#slowestStateMs, stateMs);
    const known = ({ onState, onPayments }: Agreement) => onState && onPayments;
    const paymentsMs = await this.#until(`${title}: all payments everywhere`, healed, PENDING_MS, known);
    this.#slowestPaymentsMs = Math.max(this.#slowestPaymentsMs, paymentsMs);
    for (const node of this.#nodes.all) await checkLedger(node, this.#plan, this.#claims, this.#report);

    // The pending payments and those of the next round would be too many for a mempool.
    await this.#load.mineAt(this.#random.pick(this.#nodes.all));
    const applied = ({ onState, settled }: Agreement) => onState && settled;
    await this.#until(`${title}: all payments applied`, performance.now(), HEALING_MS, applied);
    const tie = heaviest.length > 1 ? ', a tie' : '';
    return `${mined} blocks${tie}; one state after ${inSeconds(stateMs)}, all payments after ${inSeconds(paymentsMs)}`;
  }

  /** Each payment has one version, and all payments with lower nonces are acknowledged. */
  get #claims(): Claims {
    const { acknowledged } = this.#plan;
    return { height: 0, end: (sender) => acknowledged[sender]!, isAcknowledged: () => true, possible: () => [0] };
  }

  /** Waits until it holds; resolves to the time since `since`. After the limit it falls short; after LOST_MS the campaign ends. */
  async #until(
    what: string,
    since: number,
    limitMs: number,
    holds: (agreement: Agreement) => boolean,
  ): Promise<number> {
    for (;;) {
      const isSo = holds(await this.#nodes.agreement());
      const elapsed = performance.now() - since;
      if (isSo && elapsed > limitMs) this.#report.fellShort(`${what} after ${inSeconds(elapsed)} only`);
      if (isSo) return elapsed;
      if (elapsed > LOST_MS) throw new Error(`${what}: not after ${inSeconds(elapsed)}`);
      await delay(50);
    }
  }

  /** After the last cut: checks the history of each node, height by height. */
  async #last(): Promise<void> {
    for (const [host, node] of this.#nodes.all.entries()) {
      try {
        const { height, transactions } = await replayHistory(node, this.#plan.network);
        console.log(`node ${host}: supply right at each of ${height} heights, ${transactions} payments, each once`);
      } catch (error) {
        this.#report.fellShort(`node ${host}: ${(error as Error).message}`);
      }
    }
    const badly = await this.#nodes.stop();
    if (badly.length > 0) this.#report.fellShort(`nodes ${badly.join()} did not stop in order`);
    console.log(
      `${this.#plan.acknowledgedCount} payments acknowledged, ${this.#load.blocks} blocks mined, balances summed up ` +
        `${this.#load.sums} times; one state after ${inSeconds(this.#slowestStateMs)} at most, all payments after ${inSeconds(this.#slowestPaymentsMs)}`,
    );
  }
}

function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

const HOSTS = 5;
/** About half of the hosts have no public address: in the short form, and in the second half of the long one. */
const HIDDEN = 2;
/** Within this all nodes must be on one tip. */
const HEALING_MS = 10_000;
/** Within this they must know all payments: a node that declined one on another branch gets it after a later handshake. */
const PENDING_MS = 20_000;
/** After this it is useless to continue. */
const LOST_MS = 60_000;

if (await inPrivateNamespace('partition')) {
  await runCampaign('partition', async ({ seed, short }, report) => {
    const network = new PartitionNetwork(HOSTS);
    if (short) return new PartitionCampaign(seed, HIDDEN, network, report).run(4, 3_800, 4_000);
    for (const hidden of [0, HIDDEN]) {
      await new PartitionCampaign(seed, hidden, network, report).run(10, 5_000, 15_000);
    }
  });
}
