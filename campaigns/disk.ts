import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { campaignFolder } from './atExit.js';
import { runCampaign, type CampaignReport } from './campaign.js';
import { LoopDisk } from './loopDisk.js';
import { NodeLives } from './nodeLives.js';
import type { NodeLoad } from './nodeLoad.js';
import { Random } from './random.js';
import { injecting, requireStrace } from './strace.js';

/** A node on a disk that gets full, and on a disk that fails to sync. */
class DiskCampaign {
  readonly #disk: LoopDisk;
  readonly #lives: NodeLives;
  readonly #random: Random;
  readonly #report: CampaignReport;
  readonly #traceFile: string;
  readonly #seen: Record<'transactions' | 'blocks', number>;

  constructor(
    { folder, seed }: { readonly folder: string; readonly seed: number },
    { report, seen }: { readonly report: CampaignReport; readonly seen: Record<'transactions' | 'blocks', number> },
  ) {
    this.#disk = new LoopDisk(folder, DISK_BYTES);
    this.#lives = new NodeLives({ seed, folder, data: join(this.#disk.path, 'data') }, { report });
    this.#random = new Random(seed);
    this.#report = report;
    this.#seen = seen;
    this.#traceFile = join(folder, 'strace');
  }

  /**
   * The disk gets full under load, stays full for a while, and has space again: the same node accepts again, or the next one begins with
   * the pending transactions.
   */
  async fullDisk(): Promise<void> {
    const node = this.#lives.start();
    await this.#lives.live(
      node,
      async (load) => {
        await delay(this.#random.below(300));
        this.#fill();
        const refused = () => load.refused.transactions + load.refused.blocks >= REFUSALS;
        if (await this.#until('writes refused on a full disk', refused)) this.#report.faults++;
        this.#note(load);
        // Half of the nodes end while the disk is full, and start again when it is not.
        if (this.#random.below(2) === 0) return this.#lives.killAtRest(node, load);
        rmSync(this.#filler);
        const acknowledged = load.acknowledged.length;
        const { refusedInARow } = load;
        const resumed = () => load.acknowledged.length > acknowledged + 20 && refusedInARow.blocks === 0;
        await this.#until('writes accepted when there was space', resumed);
        await this.#lives.killAtRest(node, load);
      },
      'STORAGE_FULL',
    );
    rmSync(this.#filler, { force: true });
  }

  /** From the Nth sync of a thread on, every sync fails: the node stops acknowledging, and the log says why. */
  async failingSync(file: 'chain.mdb' | 'node.mdb'): Promise<void> {
    const path = join(this.#disk.path, 'data', file);
    const injection = `fdatasync:error=EIO:when=${1 + this.#random.below(5)}+`;
    const node = this.#lives.start(injecting(injection, { files: [path], log: this.#traceFile }));
    const kind = file === 'node.mdb' ? 'transactions' : 'blocks';
    await this.#lives.live(
      node,
      async (load) => {
        await this.#until(`${kind} refused after a sync failed`, () => load.refusedInARow[kind] >= REFUSALS);
        this.#note(load);
        if (!node.log.some((line) => /a write failed, restart after a look at the disk/.test(line))) {
          this.#report.fellShort(`the log does not say why ${kind} were refused: ${node.lastWords}`);
        }
        await this.#lives.killAtRest(node, load);
      },
      'INTERNAL_SERVER_ERROR',
    );
    if (/INJECTED/.test(readFileSync(this.#traceFile, 'utf8'))) this.#report.faults++;
  }

  async last(): Promise<void> {
    await this.#lives.last();
    this.#disk.unmount();
    console.log(this.#lives.summary);
    this.#report.add(this.#lives.acknowledged);
  }

  #note({ refused }: NodeLoad): void {
    this.#seen.transactions += refused.transactions;
    this.#seen.blocks += refused.blocks;
  }

  async #until(what: string, happened: () => boolean): Promise<boolean> {
    const deadline = performance.now() + 20_000;
    while (!happened()) {
      if (performance.now() > deadline) {
        this.#report.fellShort(`expected ${what} within 20 s`);
        return false;
      }
      await delay(5);
    }
    return true;
  }

  /** Takes all space but at most 16 KiB. */
  #fill(): void {
    const file = openSync(this.#filler, 'w');
    for (let bytes = 1 << 20; bytes >= 4096;) {
      try {
        if (writeSync(file, new Uint8Array(bytes)) === bytes) continue;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
      bytes /= 2;
    }
    closeSync(file);
  }

  get #filler(): string {
    return join(this.#disk.path, 'filler');
  }
}

const DISK_BYTES = 64 * 1024 * 1024;
/** So many refusals show that the node refuses writes. */
const REFUSALS = 20;

await runCampaign('disk', async ({ seed, short }, report) => {
  requireStrace();
  const seen = { transactions: 0, blocks: 0 };
  for (let round = 0; round < (short ? 2 : 40); round++) {
    // A new disk each time: a database that has grown finds room in its own free pages for a long time.
    const campaign = new DiskCampaign({ folder: campaignFolder(), seed: seed + round }, { report, seen });
    await campaign.fullDisk();
    await campaign.failingSync(round % 2 === 0 ? 'node.mdb' : 'chain.mdb');
    await campaign.last();
  }
  console.log(`refused ${seen.transactions} transactions and ${seen.blocks} blocks`);
  if (seen.transactions === 0 || seen.blocks === 0) report.fellShort('transactions or blocks were never refused');
});
