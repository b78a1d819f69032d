import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { campaignFolder } from './atExit.js';
import { runCampaign, type CampaignReport } from './campaign.js';
import { NodeLives } from './nodeLives.js';
import type { NodeRun } from './nodeRun.js';
import { LoopDisk } from './loopDisk.js';
import { Random } from './random.js';
import { injecting, requireStrace } from './strace.js';

/**
 * Cuts the power under a node: stops all of its threads, copies the disk at that moment, mounts the copy and starts a node on it, which
 * must know everything that was acknowledged. The same with syncs that do nothing must lose something; otherwise the cuts show nothing.
 */
class PowerCampaign {
  readonly #disk: LoopDisk;
  readonly #lives: NodeLives;
  readonly #random: Random;
  /** Program and arguments that run the node. */
  readonly #under: readonly string[];

  constructor(
    options: { readonly folder: string; readonly seed: number; readonly under?: readonly string[] },
    modules: { readonly report: Pick<CampaignReport, 'fellShort'> },
  ) {
    const { folder, seed, under = [] } = options;
    this.#disk = new LoopDisk(folder, DISK_BYTES);
    this.#lives = new NodeLives({ seed, folder, data: join(this.#disk.path, 'data') }, modules);
    this.#random = new Random(seed);
    this.#under = under;
  }

  /** True if the power was cut under load. */
  async cut(): Promise<boolean> {
    const node = this.#lives.start(this.#under);
    await this.#lives.live(node, async () => {
      await delay(200 + this.#random.below(1_300));
      node.kill('SIGSTOP');
      await allStopped(node);
      if (!node.hasEnded) this.#disk.copy();
      node.kill('SIGKILL');
    });
    await node.ended;
    return this.#disk.restore();
  }

  async last(): Promise<void> {
    await this.#lives.last();
    this.#disk.unmount();
  }

  get summary(): string {
    return this.#lives.summary;
  }
}

/** Resolves when all threads of the node are stopped: a thread in a system call finishes the call first. */
async function allStopped({ processId, hasEnded }: NodeRun): Promise<void> {
  const tasks = `/proc/${processId}/task`;
  const isStopped = (thread: string) => /^State:\s+[Tt]/m.test(readFileSync(join(tasks, thread, 'status'), 'utf8'));
  while (!hasEnded && !readdirSync(tasks).every(isStopped)) await delay(1);
}

const DISK_BYTES = 256 * 1024 * 1024;
/** Every sync call of LMDB and the node reports success and does nothing. */
const WITHOUT_SYNC = injecting('fdatasync,fsync,msync:retval=0');

await runCampaign('power', async ({ seed, short }, report) => {
  requireStrace();
  const { cuts, controls } = short ? { cuts: 5, controls: 1 } : { cuts: 50, controls: 3 };

  const lost: string[] = [];
  for (let index = 0; index < controls; index++) {
    const options = { folder: campaignFolder(), seed: seed + index, under: WITHOUT_SYNC };
    const control = new PowerCampaign(options, { report: { fellShort: (what) => lost.push(what) } });
    await control.cut();
    await control.last();
  }
  const losses = lost.filter((what) => /^(LOST|FAILED RESTART)/.test(what));
  console.log(`without sync, ${controls} cuts: ${losses.length} losses, such as ${losses[0] ?? 'none'}`);
  if (losses.length === 0) report.fellShort('VOID: without sync nothing was lost, so the cuts show nothing');

  const campaign = new PowerCampaign({ folder: campaignFolder(), seed }, { report });
  for (let index = 0; index < cuts; index++) {
    if (await campaign.cut()) report.faults++;
    if (index % 10 === 9) console.log(`${index + 1} of ${cuts}: ${campaign.summary}`);
  }
  await campaign.last();
  if (report.faults < cuts) report.fellShort(`${cuts} cuts wanted, ${report.faults} made`);
  console.log(campaign.summary);
});
