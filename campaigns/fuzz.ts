import { join } from 'node:path';
import { memoryMiB } from './attacks/processUse.js';
import { campaignFolder } from './atExit.js';
import { runCampaign } from './campaign.js';
import { FuzzTarget } from './fuzz/fuzzTarget.js';
import { nextProbe } from './fuzz/probes.js';
import { answerFalsely } from './fuzz/falsePeer.js';
import { NodeRun } from './nodeRun.js';
import { addressOf, campaignNetwork, MINERS } from './paymentPlan.js';
import { Random } from './random.js';

const LANES = 8;
const MAX_GROWTH = 1.1;

/**
 * A million malformed requests (20,000 in the short form; FUZZ_REQUESTS of another number) to one node: bytes, HTTP, JSON, documents,
 * values, headers, messages of WebSockets and event streams, and for each thousand a peer's false answer. None may end it, be its fault,
 * take a second, or be answered with anything but GraphQL JSON.
 */
await runCampaign('fuzz', async ({ seed, short }, report) => {
  const total = Number(process.env['FUZZ_REQUESTS'] ?? (short ? 20_000 : 1_000_000));
  const folder = campaignFolder();
  const networkFile = join(folder, 'network.json');
  const network = campaignNetwork(networkFile);
  const node = new NodeRun({
    data: join(folder, 'data'),
    network: networkFile,
    miner: addressOf(network, MINERS[0]),
    args: ['--log-level', 'error', '--outbound', '0'],
  });
  if (!(await node.serves)) throw new Error(`the node ended before it served: ${node.lastWords}`);
  await node.ask('mutation { mineBlocks(count: 5) { __typename } }');
  const target = new FuzzTarget(node);
  const random = new Random(seed);
  const memory: number[] = [];
  const counts = new Map<string, number>();
  let sent = 0;
  const lane = async (): Promise<void> => {
    while (sent < total && !node.hasEnded) {
      sent++;
      if (sent % 1_000 === 0) {
        memory.push(memoryMiB(node.processId));
        await answerFalsely(node, network.chainId, random);
        count(counts, 'peer answer');
      }
      if (sent % 100_000 === 0) console.log(`${sent} sent, the slowest answer ${Math.round(target.slowestMs)} ms`);
      const probe = nextProbe(random);
      count(counts, probe.surface);
      await target.send(probe);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await target.close();
  report.faults = sent;
  console.log(
    [...counts]
      .map(([surface, times]) => `${surface} ${times} (${((target.times.get(surface) ?? 0) / times).toFixed(1)} ms)`)
      .join(', '),
  );
  for (const fault of target.faults) report.fellShort(fault);
  if (node.hasEnded) report.fellShort(`the node ended: ${node.lastWords}`);
  for (const line of node.log) report.fellShort(`the node logged an error of its own: ${line}`);
  const fifth = Math.floor(memory.length / 5);
  // The lowest of many moments: a garbage collector decides all others.
  const tenths = Array.from({ length: 10 }, (_, i) =>
    memory.slice((i * memory.length) / 10, ((i + 1) * memory.length) / 10),
  );
  console.log(
    `memory in MiB, the lowest of each tenth: ${tenths.map((some) => Math.min(...some).toFixed(0)).join(' ')}`,
  );
  const [early, late] = [Math.min(...memory.slice(fifth, 2 * fifth)), Math.min(...memory.slice(-fifth))];
  console.log(
    `memory ${early.toFixed(0)} MiB early, ${late.toFixed(0)} MiB late; slowest answer ${Math.round(target.slowestMs)} ms`,
  );
  // Twenty thousand requests are over before the heap has its size.
  if (!short && late > early * MAX_GROWTH)
    report.fellShort(`memory grew from ${early.toFixed(0)} to ${late.toFixed(0)} MiB`);
  node.kill('SIGTERM');
  const { code } = await node.ended;
  if (code !== 0) report.fellShort(`the node ended with ${code}: ${node.lastWords}`);
});

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
