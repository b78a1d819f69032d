import { join } from 'node:path';
import type { CampaignReport } from './campaign.js';
import { checkLedger, checkTransactions, pendingAtRest, type Claims, type Holdings } from './ledgerCheck.js';
import { NodeLoad, type LoadCounts, type NodeLoadOptions } from './nodeLoad.js';
import { NodeRun } from './nodeRun.js';
import { addressOf, campaignNetwork, MINERS, PaymentPlan } from './paymentPlan.js';
import { PaymentRecord, type Slot } from './paymentRecord.js';
import { Random } from './random.js';
import { verifyCopy } from './verifyCopy.js';
import { toHex } from '../src/crypto/bytes.js';

export interface NodeLivesOptions {
  readonly seed: number;
  /** Path for the network file. */
  readonly folder: string;
  /** Data folder of the node. */
  readonly data: string;
}

/** The lives of one node, always on the same data folder. Each must begin with everything that the ones before acknowledged. */
export class NodeLives {
  readonly #networkFile: string;
  readonly #data: string;
  readonly #report: Pick<CampaignReport, 'fellShort'>;
  readonly #plan: PaymentPlan;
  readonly #random: Random;
  readonly #record = new PaymentRecord();
  readonly #counts: LoadCounts = {
    transactions: 0,
    replacements: 0,
    heldBack: 0,
    blocks: 0,
    reorganizations: 0,
    acknowledgedHeight: 0,
  };
  /** Slots of acknowledged payments, by life. */
  readonly #acknowledged: (readonly Slot[])[] = [];
  /** The pending transactions at the end of the last life, if it ended at rest. */
  #atRest: Awaited<ReturnType<typeof pendingAtRest>> | undefined;
  #killedAtRest = 0;
  #comparedAtRest = 0;
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

  /** Starts the node, by another program if `under` names one: see NodeRun. */
  start(under: readonly string[] = []): NodeRun {
    const miner = addressOf(this.#plan.network, MINERS[0]);
    return new NodeRun({ data: this.#data, network: this.#networkFile, miner, under });
  }

  /**
   * Checks a started node, then keeps it busy until `end` has resolved and the node has ended. A node that ends by itself falls short; a
   * killed one does not.
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
    const modules = { node, plan: this.#plan, record: this.#record, random: this.#random, report: this.#report };
    const load = new NodeLoad({ counts: this.#counts, expects }, modules);
    const running = load.run();
    await end(load);
    const { code, signal } = await node.ended;
    await running;
    this.#acknowledged.push(load.acknowledged);
    if (signal !== 'SIGKILL') this.#report.fellShort(`ended by itself: ${signal ?? code}: ${node.lastWords}`);
  }

  /** Kills the node once its load is at rest: the next life must begin with exactly the transactions that are pending now. */
  async killAtRest(node: NodeRun, load: NodeLoad): Promise<void> {
    await load.stop();
    try {
      this.#atRest = await pendingAtRest(node, this.#plan);
      this.#killedAtRest++;
    } catch (error) {
      if (!(await node.explains(error))) throw error;
    }
    node.kill('SIGKILL');
  }

  /** A life without load or fault: asks for every single transaction, stops the node in order, and verifies its data. */
  async last(): Promise<void> {
    const node = this.start();
    if (!(await node.serves)) {
      this.#report.fellShort(`FAILED RESTART: ${node.lastWords}`);
      return;
    }
    await this.#check(node, this.#acknowledged.flat());
    if (this.#killedAtRest > 0 && this.#comparedAtRest === 0) {
      this.#report.fellShort(`VOID: ${this.#killedAtRest} kills at rest, and no mempool was compared`);
    }
    node.kill('SIGTERM');
    const { code, signal } = await node.ended;
    if (code !== 0) this.#report.fellShort(`the last stop ended with ${signal ?? code}: ${node.lastWords}`);
    await this.verify();
  }

  /** `corrente verify` on a copy of the data folder that the last life left. */
  async verify(): Promise<void> {
    const damage = await verifyCopy(this.#data, this.#networkFile);
    if (damage !== undefined) this.#report.fellShort(`HALF: verify: ${damage}`);
    this.#verified++;
  }

  get summary(): string {
    const { blocks, reorganizations } = this.#counts;
    const acknowledged = Object.entries(this.acknowledged).map(([what, count]) => `${count} ${what}`);
    return (
      `acknowledged ${acknowledged.join(', ')}, ${blocks} blocks; ${reorganizations} reorganizations, ` +
      `${this.#comparedAtRest} mempools at rest compared, verified ${this.#verified} times`
    );
  }

  /** Number of acknowledged payments, by kind. */
  get acknowledged(): Readonly<Record<string, number>> {
    const { transactions, replacements, heldBack } = this.#counts;
    return { transactions, replacements, 'held back': heldBack };
  }

  /** False if the node ended before it answered everything. */
  async #check(node: NodeRun, slots: readonly Slot[]): Promise<boolean> {
    try {
      const holdings = await checkLedger(node, this.#plan, this.#claims, this.#report);
      this.#compareAtRest(holdings);
      for (const sender of this.#plan.addresses.keys()) {
        for (let nonce = 0; nonce < this.#record.end(sender); nonce++) {
          this.#record.settle({ sender, nonce }, holdings.version({ sender, nonce }));
        }
      }
      await checkTransactions(node, this.#standing(slots), this.#report);
      return true;
    } catch (error) {
      if (!(await node.explains(error))) throw error;
      return false;
    }
  }

  get #claims(): Claims {
    const record = this.#record;
    return {
      height: this.#counts.acknowledgedHeight,
      end: (sender) => record.end(sender),
      isAcknowledged: (slot) => record.isAcknowledged(slot),
      possible: (slot) => record.possible(slot),
    };
  }

  /**
   * The journal gives back exactly the transactions that were pending at rest, with one exception: if a block held a replaced payment and
   * left the best chain again, the replacement comes back if a failing disk could not remove it.
   */
  #compareAtRest({ tip, pending }: Holdings): void {
    const atRest = this.#atRest;
    this.#atRest = undefined;
    // A block refused with an error may be there.
    if (atRest?.tip !== tip) return;
    this.#comparedAtRest++;
    const [before, after] = [this.#withoutVersions(atRest.pending), this.#withoutVersions(pending)];
    if (before.join() === after.join()) return;
    const [lost, more] = [difference(before, after), difference(after, before)];
    this.#report.fellShort(
      `JOURNAL: gone since the mempool was at rest: ${lost.join()}; there instead: ${more.join()}`,
    );
  }

  /** The ids, with the slot instead of the id for payments of which another version may come back. */
  #withoutVersions(ids: readonly string[]): string[] {
    const places = new Map(
      this.#record.interchangeable.map(({ sender, nonce, version }) => [
        toHex(this.#plan.transaction(sender, nonce, version).id),
        `nonce ${nonce} of sender ${sender}`,
      ]),
    );
    return ids.map((id) => places.get(id) ?? id);
  }

  /** Ids of the versions that stand in the slots. */
  #standing(slots: readonly Slot[]): string[] {
    const ids = slots.map(({ sender, nonce }) => {
      const version = this.#record.current({ sender, nonce });
      return version === undefined ? undefined : toHex(this.#plan.transaction(sender, nonce, version).id);
    });
    return [...new Set(ids.filter((id) => id !== undefined))];
  }
}

function difference(these: readonly string[], those: readonly string[]): string[] {
  const others = new Set(those);
  return these.filter((one) => !others.has(one));
}
