import type { Attack, Shared } from './attacks/attack.js';
import { connectionAttacks } from './attacks/connections.js';
import { blockAttacks } from './attacks/blocks.js';
import { faultAttacks } from './attacks/faults.js';
import { peerAttacks } from './attacks/peers.js';
import { requestAttacks } from './attacks/requests.js';
import { at, Stage, type Harm } from './attacks/stage.js';
import { operation, send } from './attacks/http.js';
import { machineSlowness, tooLong } from './attacks/machine.js';
import { runCampaign } from './campaign.js';
import { inPrivateNamespace } from './privateNamespace.js';

/** What an attack may cost: the node, and an honest client that asks for `/health` beside it. */
interface Limits {
  readonly processorMs: number;
  readonly healthP99Ms: number;
  readonly peakMiB: number;
}
const LIMITS: Limits = { processorMs: 50, healthP99Ms: 100, peakMiB: 128 };
/** In the short form, other work on the machine and a node that has just started decide up to this much. */
const SHORT_LIMITS: Limits = { processorMs: 75, healthP99Ms: 300, peakMiB: 128 };
/** Payments of a block of 2 MiB; a multiple of the number of senders. */
const FULL_BLOCK = 13_600;

/**
 * Attacks of docs/threats.md on a node, from another address than its honest client's; in the short form those that take no minute together,
 * within wider limits. ATTACK_CLI names the `cli.js` of another build to be attacked instead of this one, ATTACK_ROWS the rows (`B4,B9`)
 * that are wanted alone, long ones too.
 */
if (await inPrivateNamespace('attacks')) {
  await runCampaign('attacks', async ({ short }, report) => {
    const stage = await Stage.open({ short, cli: process.env['ATTACK_CLI'] });
    const rows = process.env['ATTACK_ROWS']?.split(',');
    const wanted = [...requestAttacks, ...connectionAttacks, ...faultAttacks, ...blockAttacks, ...peerAttacks].filter(
      ({ row, isLong = false }) => rows?.includes(row) ?? !(short && isLong),
    );
    const shared = await prepare(stage, short);
    let slowest = 1;
    console.log('| | Attack | Processor time | `/health` p50 / p99 | Peak | Answer |');
    console.log('| --- | --- | ---: | ---: | ---: | --- |');
    for (const attack of wanted) {
      report.faults++;
      const before = machineSlowness();
      try {
        const { harm, answer, shortfalls = [] } = await attack.run(stage, shared);
        console.log(rowOf(attack, harm, answer));
        const slowness = Math.max(before, machineSlowness());
        slowest = Math.max(slowest, slowness);
        for (const fault of [...faultsOf(attack, harm, short ? SHORT_LIMITS : LIMITS, slowness), ...shortfalls]) {
          report.fellShort(`${attack.row} ${attack.name}: ${fault}`);
        }
      } catch (error) {
        report.fellShort(`${attack.row} ${attack.name}: ${(error as Error).stack}`);
      }
      if (shared.node.hasEnded) throw new Error(`${attack.name} ended the node: ${shared.node.lastWords}`);
    }
    console.log(
      `limits in ms were multiplied by up to ${slowest.toFixed(2)}: so much slower is this machine than the one they are stated for`,
    );
  });
}

/** A node on 2,000 blocks, 300 in the short form, of which the first four are full. */
async function prepare(stage: Stage, short: boolean): Promise<Shared> {
  const full = { paymentsPerBlock: FULL_BLOCK, recipients: 5_000 };
  const data = await stage.chain('full', full, 4, short ? 300 : 2_000);
  const node = await stage.start(data);
  const { text } = await send(at(node), {
    body: operation(
      `{ ${[1, 2, 3, 4].map((height) => `b${height}: block(height: ${height}) { hash }`).join(' ')}
         block(height: 1) { transactions(last: 2) { pageInfo { startCursor } } } }`,
    ),
  });
  const fullBlocks = [...text.matchAll(/"hash":"(\w+)"/g)].map((match) => match[1]!);
  const deepCursor = /"startCursor":"([^"]+)"/.exec(text)?.[1];
  if (fullBlocks.length < 4 || deepCursor === undefined) throw new Error(`expected four full blocks, got ${text}`);
  return { node, data, fullBlocks, deepCursor };
}

function rowOf({ row, name }: Attack, { processorMs, health, peakMiB }: Harm, answer: string): string {
  const times = `${ms(health.p50Ms)} / ${ms(health.p99Ms)}${health.failed > 0 ? `, ${health.failed} of ${health.asked} failed` : ''}`;
  return `| ${row} | ${name} | ${ms(processorMs)} | ${times} | +${peakMiB.toFixed(0)} MiB | ${answer} |`;
}

function faultsOf(
  { isOneRequest = false }: Attack,
  { processorMs, health, peakMiB }: Harm,
  limits: Limits,
  slowness: number,
): string[] {
  return [
    ...(isOneRequest ? tooLong('processor time', processorMs, limits.processorMs, slowness) : []),
    ...tooLong('99 % of /health', health.p99Ms, limits.healthP99Ms, slowness),
    ...(health.failed > 0
      ? [`expected every honest request answered, ${health.failed} of ${health.asked} were not`]
      : []),
    ...(!(peakMiB <= limits.peakMiB)
      ? [`expected ${limits.peakMiB} MiB more at most, got ${peakMiB.toFixed(0)} MiB`]
      : []),
  ];
}

function ms(milliseconds: number): string {
  return milliseconds < 1_000
    ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`
    : `${(milliseconds / 1_000).toFixed(1)} s`;
}
