import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { campaignFolder } from './atExit.js';
import { runCampaign, type CampaignReport } from './campaign.js';
import { NodeLives } from './nodeLives.js';
import { Random } from './random.js';
import { injecting, requireStrace } from './strace.js';

/**
 * Kills a node at random moments, while it starts or under load, and at the Nth write or sync of a thread, always on the same
 * data folder. After each kill it must start again with everything that it acknowledged and with nothing half done. It also kills other
 * nodes at the Nth call of their first start.
 */
class CrashCampaign {
  readonly #folder: string;
  readonly #seed: number;
  readonly #data: string;
  readonly #report: CampaignReport;
  readonly #random: Random;
  readonly #lives: NodeLives;
  readonly #fired = new Map<string, number>();

  constructor(folder: string, seed: number, report: CampaignReport) {
    this.#folder = folder;
    this.#seed = seed;
    this.#data = join(folder, 'data');
    this.#report = report;
    this.#random = new Random(seed);
    this.#lives = new NodeLives({ seed, folder, data: this.#data }, { report });
  }

  async run({ kills, injections, firstStarts }: Record<'kills' | 'injections' | 'firstStarts', number>): Promise<void> {
    const faults = this.#random.shuffled([
      ...Array.from({ length: kills }, () => () => this.#killed()),
      ...Array.from({ length: injections }, () => () => this.#injected()),
      ...Array.from({ length: firstStarts }, (_, index) => () => this.#killedAtFirst(`first-${index}`)),
    ]);
    for (const [index, fault] of faults.entries()) {
      await fault();
      if (index % 20 !== 19) continue;
      await this.#lives.verify();
      console.log(`${index + 1} of ${faults.length}: ${this.#summary()}`);
    }
    await this.#lives.last();
    console.log(this.#summary());
    this.#report.add(this.#lives.acknowledged);
    if (this.#report.faults < faults.length) {
      this.#report.fellShort(`${faults.length} faults wanted, ${this.#report.faults} fired`);
    }
  }

  /** A SIGKILL at a random moment: one in four while the node starts, one in four when its load is at rest. */
  async #killed(): Promise<void> {
    const moment = this.#random.below(4);
    const [whileStarting, atRest] = [moment === 0, moment === 1];
    const delayMs = this.#random.below(1_000);
    const node = this.#lives.start();
    const kill = async () => {
      await delay(delayMs);
      node.kill('SIGKILL');
    };
    if (whileStarting) void kill();
    await this.#lives.live(node, async (load) => {
      if (whileStarting) return;
      if (!atRest) return kill();
      await delay(delayMs);
      await this.#lives.killAtRest(node, load);
    });
    const { signal } = await node.ended;
    const kind = whileStarting ? 'kills while it started' : atRest ? 'kills at rest' : 'kills under load';
    if (signal === 'SIGKILL') this.#count(kind);
  }

  /** A SIGKILL by strace at the start of the Nth such call of one thread on a database file; tried again if there was no such call. */
  async #injected(): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      // All calls that LMDB writes with: pages, runs of pages, the sync before the meta page. It writes the meta page by pwrite64.
      const call = this.#random.pick(['pwrite64', 'writev', 'fdatasync']);
      const injection = `${call}:signal=SIGKILL:when=${1 + this.#random.below(20)}`;
      const files = ['chain.mdb', 'node.mdb'].map((name) => join(this.#data, name));
      const node = this.#lives.start(injecting(injection, { files }));
      await this.#lives.live(node, async () => {
        await Promise.race([node.ended, delay(6_000, undefined, { ref: false })]);
        if (!node.hasEnded) node.kill('SIGKILL');
      });
      const { signal } = await node.ended;
      if (signal === 'SIGKILL' && node.sent.length === 0) {
        this.#count(call);
        return;
      }
    }
    this.#report.fellShort('a fault did not fire in 5 lives of the node');
  }

  /** A SIGKILL by strace at the Nth such call of a thread of a node that has no data folder yet. */
  async #killedAtFirst(name: string): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const folder = join(this.#folder, `${name}-${attempt}`);
      mkdirSync(folder);
      const options = { seed: this.#seed, folder, data: join(folder, 'data') };
      const lives = new NodeLives(options, { report: this.#report });
      const [call, most] = this.#random.pick(FIRST_START_CALLS);
      const node = lives.start(injecting(`${call}:signal=SIGKILL:when=${1 + this.#random.below(most)}`));
      if (await node.serves) node.kill('SIGKILL');
      await node.ended;
      // The folder must be complete enough to start, or empty.
      await lives.last();
      if (node.sent.length > 0) continue;
      this.#count('kills in a first start');
      return;
    }
    this.#report.fellShort('a fault did not fire in 5 first starts');
  }

  #count(fault: string): void {
    this.#report.faults++;
    this.#fired.set(fault, (this.#fired.get(fault) ?? 0) + 1);
  }

  #summary(): string {
    const fired = [...this.#fired].map(([fault, count]) => `${count} ${fault}`).join(', ');
    return `fired ${fired}; ${this.#lives.summary}`;
  }
}

/** Disk calls of a first start, and about how often one thread makes each: it opens and writes files for many reasons. */
const FIRST_START_CALLS = [
  ['openat', 190],
  ['write', 60],
  ['pwrite64', 4],
  ['fdatasync', 4],
  ['fsync', 3],
  ['link', 1],
  ['mkdir', 1],
] as const;

await runCampaign('crash', async ({ seed, short }, report) => {
  requireStrace();
  const campaign = new CrashCampaign(campaignFolder(), seed, report);
  await campaign.run(
    short ? { kills: 5, injections: 3, firstStarts: 2 } : { kills: 300, injections: 100, firstStarts: 50 },
  );
});
