import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HonestClient } from './attacks/honestClient.js';
import { campaignFolder } from './atExit.js';
import { runCampaign, type CampaignReport } from './campaign.js';
import { NodeRun } from './nodeRun.js';
import { offer, type Offer } from './overload/offer.js';
import { Payers } from './overload/payers.js';
import { addressOf, MINERS } from './paymentPlan.js';

/** What must hold beside an answer or a code for each request, no fault of the node and nothing forgotten. */
interface Limits {
  /** Of what the node has served just before. */
  readonly minServed: number;
  readonly doneP99Ms: number;
  readonly refusedP99Ms: number;
  readonly healthP99Ms: number;
  readonly blockMs: number;
}
/** Less of what was meant to be offered is no overload. */
const MIN_OFFERED = 0.75;
const LIMITS: Limits = { minServed: 0.9, doneP99Ms: 1_000, refusedP99Ms: 50, healthP99Ms: 100, blockMs: 1_000 };
/** A capacity measured for 2 s, and 3 s of load on a machine that does other work as well, say no more than that nothing breaks down. */
const SHORT_LIMITS: Limits = {
  minServed: 0.5,
  doneP99Ms: 5_000,
  refusedP99Ms: 2_000,
  healthP99Ms: 2_000,
  blockMs: 5_000,
};

/**
 * Offers a node twice and five times what it has just served: payments, forged ones, reads and all of them mixed, 60 s each (3 s in the
 * short form, twice only), while a block is mined each second. It must serve most of its capacity, refuse the rest soon and with a code, go on mining, and lose nothing.
 * OVERLOAD names the loads that are wanted alone, as in `OVERLOAD=reads,mixed`.
 */
await runCampaign('overload', async ({ short }, report) => {
  const folder = campaignFolder();
  const networkFile = join(folder, 'network.json');
  const payers = new Payers(networkFile);
  const node = new NodeRun({
    data: join(folder, 'data'),
    network: networkFile,
    miner: addressOf(payers.network, MINERS[0]),
    args: ['--outbound', '0', '--log-level', 'error'],
  });
  if (!(await node.serves)) throw new Error(`the node ended before it served: ${node.lastWords}`);
  const loads: readonly (readonly [string, () => Offer | undefined])[] = [
    ['payments', () => payers.payment()],
    ['forged', () => payers.forged()],
    ['reads', () => payers.read()],
    ['mixed', () => payers.mixed()],
  ];
  console.log('| Load | Capacity | Offered | Served | p99 | Refused | p99 | Failed | `/healthz` p99 | Slowest block |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  const wanted = process.env['OVERLOAD']?.split(',');
  for (const [name, next] of loads) {
    if (wanted && !wanted.includes(name)) continue;
    for (const times of short ? [2] : [2, 5]) await overload(node, { name, next, times, short }, report);
  }
  const lost = await payers.lost(node);
  if (lost > 0) report.fellShort(`expected every acknowledged payment, got ${lost} accounts that lack one`);
  for (const line of node.log) report.fellShort(`the node logged an error of its own: ${line}`);
  node.kill('SIGTERM');
  await node.ended;
});

interface Load {
  readonly name: string;
  readonly next: () => Offer | undefined;
  readonly times: number;
  readonly short: boolean;
}

async function overload(node: NodeRun, { name, next, times, short }: Load, report: CampaignReport): Promise<void> {
  const { origin } = new URL(node.url);
  const limits = short ? SHORT_LIMITS : LIMITS;
  const over = new AbortController();
  const blocks: number[] = [];
  const mining = (async () => {
    while (!over.signal.aborted) {
      blocks.push(await mine(node));
      await delay(1_000);
    }
  })();
  // The first requests of a kind find nothing compiled.
  await offer(origin, { seconds: short ? 1 : 4 }, next);
  const { perSecond: capacity } = await offer(origin, { seconds: short ? 2 : 8 }, next);
  blocks.length = 0;
  const honest = new HonestClient({ url: `${origin}/healthz`, everyMs: 25 });
  const seconds = short ? 3 : 60;
  const served = await offer(origin, { seconds, perSecond: capacity * times }, next);
  over.abort();
  await mining;
  const health = await honest.stop();
  report.faults++;
  const slowest = Math.max(...blocks);
  const offered = served.offered / seconds;
  const cells = [
    `${times} × ${name}`,
    `${capacity.toFixed(0)}/s`,
    `${offered.toFixed(0)}/s`,
    `${served.perSecond.toFixed(0)}/s`,
    `${served.doneP99Ms.toFixed(0)} ms`,
    `${served.refused}`,
    `${served.refusedP99Ms.toFixed(0)} ms`,
    `${served.failed}`,
    `${health.p99Ms.toFixed(0)} ms`,
    `${slowest.toFixed(0)} ms`,
  ];
  console.log(`| ${cells.join(' | ')} |`);
  const expect = (holds: boolean, what: string): void => {
    if (!holds) report.fellShort(`${times} × ${name}: ${what}`);
  };
  const within = (what: string, took: number, limit: number): void =>
    // Of what there was none, there is no time.
    expect(!(took > limit), `expected ${what} within ${limit} ms, got ${took.toFixed(0)} ms`);
  expect(
    offered >= capacity * times * MIN_OFFERED,
    `this machine offered ${offered.toFixed(0)}/s instead of ${times} times ${capacity.toFixed(0)}/s, which shows nothing`,
  );
  expect(
    served.perSecond >= capacity * limits.minServed,
    `expected ${limits.minServed * 100} % of ${capacity.toFixed(0)}/s, got ${served.perSecond.toFixed(0)}/s`,
  );
  within('answers', served.doneP99Ms, limits.doneP99Ms);
  within('refusals', served.refusedP99Ms, limits.refusedP99Ms);
  expect(
    served.failed === 0,
    `expected an answer or a code for each, ${served.failed} had none: ${served.firstFailure?.slice(0, 200)}`,
  );
  within('/healthz', health.p99Ms, limits.healthP99Ms);
  within('each block', slowest, limits.blockMs);
  const again = await recovers(origin, next, capacity);
  expect(again !== undefined, 'expected normal service within 10 s');
  await mine(node);
}

/** Milliseconds of a block that the operator has mined. */
async function mine(node: NodeRun): Promise<number> {
  const started = performance.now();
  await node.ask('mutation { mineBlocks { __typename } }');
  return performance.now() - started;
}

/** Seconds until a second at half capacity is served as if nothing had been; undefined after 10. */
async function recovers(origin: string, next: () => Offer | undefined, capacity: number): Promise<number | undefined> {
  const started = performance.now();
  while (performance.now() - started < 10_000) {
    const { failed, refused, doneP99Ms } = await offer(origin, { seconds: 1, perSecond: capacity / 2 }, next);
    if (failed + refused === 0 && doneP99Ms < 500) return (performance.now() - started) / 1_000;
  }
  return undefined;
}
