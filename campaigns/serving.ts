import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { benchKey } from '../bench/benchKey.js';
import { extendChain, generatedNetwork, openStore, PREFIX, type ChainShape } from '../bench/generatedChain.js';
import type { Network } from '../src/consensus/network.js';
import { encodeAddress } from '../src/crypto/address.js';
import { HonestClient } from './attacks/honestClient.js';
import { machineSlowness } from './attacks/machine.js';
import { memoryMiB, processorMs, waitedMs } from './attacks/processUse.js';
import { campaignFolder } from './atExit.js';
import { runCampaign, type CampaignReport } from './campaign.js';
import { NodeRun } from './nodeRun.js';

const PATIENCE_MS = 600_000;
const MINERS = [benchKey(1_000_000).publicKey, benchKey(2_000_000).publicKey];

/** What a client that asks for a balance may wait, and what the node may take more, while it is at long work. */
const MAX_BALANCE_P99_MS = 100;
const MAX_PEAK_MIB = 128;
/** In the short form: other work on the machine decides the rest. */
const MAX_SHORT_BALANCE_P99_MS = 250;

/** Long work of a node: from its own chain to the longer one of a peer. */
interface LongWork {
  readonly name: string;
  readonly shape: ChainShape;
  /** Blocks of its own chain, which leave it. */
  readonly from: number;
  /** Blocks of the peer's chain. */
  readonly to: number;
}

/**
 * What a client that asks for a balance every 25 ms sees of a node that reorganizes 1,000 blocks of 60 transfers, and of one that syncs
 * 100,000 blocks (150 and 3,000 in the short form). SERVING names one of the two that is wanted alone.
 */
await runCampaign('serving', async ({ short }, report) => {
  const folder = campaignFolder();
  const networkFile = join(folder, 'network.json');
  const network = await generatedNetwork(networkFile);
  const [depth, length] = short ? [150, 3_000] : [1_000, 100_000];
  const works: readonly LongWork[] = [
    { name: 'reorganization', shape: { paymentsPerBlock: 60, recipients: 5_000 }, from: depth, to: depth + 1 },
    { name: 'sync', shape: { paymentsPerBlock: 1, recipients: 1_000 }, from: 0, to: length },
  ];
  const wanted = process.env['SERVING'];
  console.log(
    '| Work | Blocks | Took | Balance p50 | p99 | Slowest | Unanswered | Processor time | Waited for one | Peak |',
  );
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const work of works) {
    if (wanted !== undefined && wanted !== work.name) continue;
    const place = { folder: join(folder, work.name), network, networkFile };
    await serveDuring(work, place, machineSlowness() * (short ? MAX_SHORT_BALANCE_P99_MS : MAX_BALANCE_P99_MS), report);
  }
});

interface Place {
  readonly folder: string;
  readonly network: Network;
  readonly networkFile: string;
}

async function serveDuring(work: LongWork, place: Place, maxP99Ms: number, report: CampaignReport): Promise<void> {
  const { name, shape, from, to } = work;
  await chain(place, 'ours', shape, from, MINERS[0]!);
  await chain(place, 'theirs', shape, to, MINERS[1]!);
  const [node, peer] = [await start(place, 'ours'), await start(place, 'theirs')];
  const query = 'query ($address: Address!) { balance(address: $address) { confirmed } }';
  const body = JSON.stringify({ query, variables: { address: encodeAddress(PREFIX, benchKey(0).publicKey) } });
  // What has just started is still at work.
  await delay(1_000);
  const honest = new HonestClient({ url: node.url, body, everyMs: 25 });
  await delay(500);
  const { processId } = node;
  const [before, waited, started] = [processorMs(processId), waitedMs(processId), performance.now()];
  // Without what is mapped of the chain, which the system takes back when it needs it.
  const [atFirst, memory] = [memoryMiB(processId), [] as number[]];
  const watch = setInterval(() => memory.push(memoryMiB(processId)), 50);
  await node.ask('mutation ($url: PeerUrl!) { addPeer(url: $url) { id } }', { url: peer.url });
  const arrived = await reaches(node, to);
  const took = (performance.now() - started) / 1_000;
  report.faults++;
  clearInterval(watch);
  const used = `${((processorMs(processId) - before) / 1_000).toFixed(1)} s`;
  const waiting = `${((waitedMs(processId) - waited) / 1_000).toFixed(1)} s`;
  const peakMiB = Math.max(...memory) - atFirst;
  const { p50Ms, p99Ms, slowestMs, failed } = await honest.stop();
  console.log(
    `| ${name} | ${to - 1} | ${took.toFixed(1)} s | ${p50Ms.toFixed(1)} ms | ${p99Ms.toFixed(0)} ms | ${slowestMs.toFixed(0)} ms | ` +
      `${failed} | ${used} | ${waiting} | +${peakMiB.toFixed(0)} MiB |`,
  );
  const expect = (holds: boolean, what: string): void => {
    if (!holds) report.fellShort(`${name}: ${what}`);
  };
  expect(arrived, `expected ${to} blocks within ${PATIENCE_MS / 60_000} minutes`);
  expect(failed === 0, `expected every balance answered, ${failed} were not`);
  expect(
    p99Ms <= maxP99Ms,
    `expected a balance within ${maxP99Ms.toFixed(0)} ms at the 99th percentile, got ${p99Ms.toFixed(0)} ms`,
  );
  expect(peakMiB <= MAX_PEAK_MIB, `expected ${MAX_PEAK_MIB} MiB more at most, got ${peakMiB.toFixed(0)} MiB`);
  for (const run of [node, peer]) {
    run.kill('SIGTERM');
    await run.ended;
  }
}

/** Makes a data folder of this name. */
async function chain({ folder, network }: Place, name: string, shape: ChainShape, height: number, miner: Uint8Array) {
  const data = join(folder, name);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const store = await openStore(network, join(data, 'chain.mdb'));
  await extendChain(store, network, shape, height, miner);
  await store.close();
}

async function start({ folder, networkFile }: Place, name: string): Promise<NodeRun> {
  const miner = encodeAddress(PREFIX, MINERS[0]!);
  const args = ['--outbound', '0', '--log-level', 'warn'];
  const node = new NodeRun({ data: join(folder, name), network: networkFile, miner, args });
  if (!(await node.serves)) throw new Error(`the node ended before it served: ${node.lastWords}`);
  return node;
}

/** Whether the node's tip gets to this height in time. */
async function reaches(node: NodeRun, height: number): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const { chain: now } = await node.ask<{ chain: { height: number } }>('{ chain { height } }');
    if (now.height >= height) return true;
    await delay(100);
  }
  return false;
}
