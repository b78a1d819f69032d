import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { testAccount } from '../test/support/blocks.js';
import { formatCoins } from '../src/consensus/coins.js';
import { COIN, type Network } from '../src/consensus/network.js';
import { campaignFolder } from './atExit.js';
import { runCampaign, type CampaignReport } from './campaign.js';
import { PaymentLane, type Attempt } from './paymentLane.js';
import { PaymentNode } from './paymentNode.js';
import { addressOf, campaignNetwork, MINERS } from './paymentPlan.js';
import { Random } from './random.js';

const KINDS = [
  'send',
  'two sends at once',
  'batch',
  'batch doubled',
  'client',
  'wallet',
  'send, a process',
  'batch, a process',
] as const;
type Kind = (typeof KINDS)[number];

/**
 * Pays in every possible way, while requests and answers are lost, processes are killed and stopped, and the node is killed, at random
 * moments. Each run pays an account of its own, line i with 2^i base units: its balance shows how often each line was paid.
 */
class PaymentCampaign {
  readonly #network: Network;
  readonly #report: CampaignReport;
  readonly #random: Random;
  readonly #folder: string;
  readonly #node: PaymentNode;
  readonly #counts = new Map<string, number>();
  #nextRun = 0;
  #done = 0;
  #lines = 0;

  constructor(folder: string, seed: number, report: CampaignReport) {
    const networkFile = join(folder, 'network.json');
    this.#folder = folder;
    this.#network = campaignNetwork(networkFile);
    this.#report = report;
    this.#random = new Random(seed);
    const miner = addressOf(this.#network, MINERS[0]);
    this.#node = new PaymentNode({ data: join(folder, 'data'), network: networkFile, miner }, { report });
  }

  async run(runs: number): Promise<void> {
    await this.#node.start();
    const lanes = await Promise.all(
      Array.from({ length: LANES }, (_, index) =>
        PaymentLane.open({
          network: this.#network,
          keyPair: testAccount(index),
          folder: join(this.#folder, `lane-${index}`),
          random: new Random(this.#random.below(2 ** 31)),
          url: () => this.#node.url,
        }),
      ),
    );
    const { ending, said } = await lanes[0]!.send(await this.#node.makeWallet(), 1_000n * COIN, true);
    if (ending !== 0) throw new Error(`the wallet was not funded: ${said}`);
    await Promise.all(lanes.map((lane) => this.#fill(lane, runs)));
    this.#report.faults = lanes.reduce((sum, { fired }) => sum + fired, this.#node.kills);
    for (const lane of lanes) lane.close();
    await this.#node.stop();
    console.log(this.#summary());
  }

  async #fill(lane: PaymentLane, runs: number): Promise<void> {
    while (this.#nextRun < runs) {
      const run = this.#nextRun++;
      // Processes take most of the time, so one run in eight uses one.
      const kind = KINDS[this.#random.below(8) === 0 ? 6 + this.#random.below(2) : this.#random.below(6)]!;
      const killed = this.#random.below(25) === 0 ? this.#killSoon(this.#random.below(200)) : undefined;
      await Promise.all([this.#one(lane, run, kind), killed]);
      if (++this.#done % 100 === 0) console.log(`${this.#done} of ${runs}: ${this.#summary()}`);
    }
  }

  async #killSoon(delayMs: number): Promise<void> {
    await delay(delayMs);
    await this.#node.kill();
  }

  async #one(lane: PaymentLane, run: number, kind: Kind): Promise<void> {
    const recipient = addressOf(this.#network, testAccount(1_000 + run));
    const lines = kind.startsWith('batch') ? 1 + this.#random.below(24) : kind === 'two sends at once' ? 2 : 1;
    const amounts = Array.from({ length: lines }, (_, line) => 1n << BigInt(line));
    const pay = await this.#way(lane, kind, `run-${run}`, recipient, amounts);
    for (let attempts = 1; ; attempts++) {
      const calm = attempts > 6;
      lane.expose(calm ? 0 : this.#random.pick([0, 5, 20, 50]), calm ? 0 : this.#random.pick([0, 5, 20]));
      if (calm) await this.#node.ready();
      const endings = await pay(calm);
      for (const { ending, said } of endings) this.#check(run, kind, ending, said);
      if (endings.every(({ ending }) => ending === 0)) break;
      if (attempts === 40) {
        this.#report.fellShort(`run ${run}, ${kind}: not paid after 40 attempts: ${endings.at(-1)!.said}`);
        return;
      }
    }
    this.#count(kind);
    this.#lines += amounts.length;
    await this.#settle(
      run,
      kind,
      recipient,
      amounts.reduce((sum, amount) => sum + amount, 0n),
    );
  }

  /** A function that pays in this way: each call is one attempt. */
  async #way(
    lane: PaymentLane,
    kind: Kind,
    name: string,
    recipient: string,
    amounts: readonly bigint[],
  ): Promise<(calm: boolean) => Promise<Attempt[]>> {
    switch (kind) {
      case 'send': {
        const wait = this.#random.below(2) === 0;
        return async () => [await lane.send(recipient, amounts[0]!, wait)];
      }
      case 'two sends at once': {
        const open = new Set(amounts);
        return () =>
          Promise.all(
            [...open].map(async (amount) => {
              const attempt = await lane.send(recipient, amount, false);
              if (attempt.ending === 0) open.delete(amount);
              return attempt;
            }),
          );
      }
      case 'batch': {
        const path = lane.file(name, recipient, amounts);
        return async () => [await lane.batch(path)];
      }
      case 'batch doubled': {
        const path = lane.file(name, recipient, amounts);
        return () => Promise.all([lane.batch(path), lane.batch(path)]);
      }
      case 'client': {
        const transfer = await lane.signed(recipient, amounts[0]!);
        return async () => [await lane.client(transfer)];
      }
      case 'wallet': {
        const { token } = this.#node;
        // Also asks twice at once.
        const times = 1 + this.#random.below(2);
        return () => Promise.all(Array.from({ length: times }, () => lane.wallet(name, recipient, amounts[0]!, token)));
      }
      case 'send, a process':
        return async (calm) => {
          const args = ['--to', recipient, '--amount', formatCoins(amounts[0]!)];
          const attempt = await lane.process(args, calm ? undefined : PROCESS_MS);
          // A process killed after it printed the outcome needs no second one.
          const told = attempt.ending === 'dead' && /^accepted /m.test(attempt.said);
          return [told ? { ...attempt, ending: 0 } : attempt];
        };
      case 'batch, a process': {
        const path = lane.file(name, recipient, amounts);
        return async (calm) => [await lane.process(['--batch', path, '--again'], calm ? undefined : 2 * PROCESS_MS)];
      }
    }
  }

  #check(run: number, kind: Kind, ending: Attempt['ending'], said: string): void {
    if (ending === 'dead') this.#count('killed');
    if (ending === 1) this.#count('not sent');
    if (ending === 2) this.#report.fellShort(`run ${run}, ${kind}: not understood: ${said}`);
    if (ending !== 3) return;
    this.#count('in doubt');
    const told = kind.startsWith('batch')
      ? /run the same command to go on/
      : /([0-9a-f]{64}|run-[0-9]+) (may have been|was|is) /;
    if (!told.test(said)) this.#report.fellShort(`run ${run}, ${kind}: in doubt without id or what to do: ${said}`);
  }

  /** When all is in blocks, the account must have every line exactly once. */
  async #settle(run: number, kind: Kind, recipient: string, expected: bigint): Promise<void> {
    const deadline = performance.now() + SETTLED_MS;
    for (;;) {
      const { balance } = await this.#node.ask<{ balance: { confirmed: string; incoming: string } }>(BALANCE, {
        address: recipient,
      });
      const confirmed = BigInt(balance.confirmed);
      if (confirmed === expected && balance.incoming === '0') return;
      const over = confirmed + BigInt(balance.incoming) > expected;
      if (over || performance.now() > deadline) {
        this.#count(over ? 'paid twice' : 'lost');
        this.#report.fellShort(
          `${over ? 'TWICE' : 'LOST'}: run ${run}, ${kind}: expected ${expected}, got ${confirmed} and ${balance.incoming} pending`,
        );
        return;
      }
      await delay(20);
    }
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  #summary(): string {
    const count = (what: string): number => this.#counts.get(what) ?? 0;
    const kinds = KINDS.map((kind) => `${count(kind)} ${kind}`).join('; ');
    return (
      `${this.#done} runs (${kinds}), ${this.#lines} lines, ${this.#node.kills} kills of the node, ` +
      `${count('killed')} of the payer, ${count('not sent')} not sent and ${count('in doubt')} in doubt, all resolved by running again: ` +
      `${count('paid twice')} paid twice, ${count('lost')} lost`
    );
  }
}

const BALANCE = 'query ($address: Address!) { balance(address: $address) { confirmed incoming } }';
/** Accounts that pay at the same time: a run mostly waits. */
const LANES = 12;
const PROCESS_MS = 1_500;
const SETTLED_MS = 20_000;

await runCampaign('payments', async ({ seed, short }, report) => {
  await new PaymentCampaign(campaignFolder(), seed, report).run(short ? 20 : 1_000);
});
