import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Network } from '../src/consensus/network.js';
import { startLocalNode, type LocalNode } from '../examples/localNode.js';
import { diskLimit } from './diskLimit.js';
import { extendChain, generatedNetwork, openStore, type ChainShape } from './generatedChain.js';
import { processUse } from './processUse.js';
import { signatureLimit } from './signatures.js';

/** A chain that one node has and the other fetches. */
interface SyncCase extends ChainShape {
  readonly name: string;
  readonly blocks: number;
}

interface SyncResult {
  readonly seconds: number;
  /** Processor time that both processes took for it. */
  readonly servingSeconds: number;
  readonly syncingSeconds: number;
}

/**
 * `npm run bench -- sync [--quick]`: the initial sync of a new node from another one, two processes on this machine. Both check and
 * store as they always do; only the serving node's chain is written without the rules, to save time.
 */
export async function benchSync(quick: boolean): Promise<void> {
  const scale = quick ? 1 : 5;
  const cases: SyncCase[] = [
    { name: 'empty blocks', blocks: 4_000 * scale, paymentsPerBlock: 0, recipients: 1 },
    { name: 'blocks of 10 payments', blocks: 1_000 * scale, paymentsPerBlock: 10, recipients: 10_000 },
    { name: 'blocks of 1,000 payments', blocks: 20 * scale, paymentsPerBlock: 1_000, recipients: 10_000 },
  ];
  console.log(
    'initial sync between two processes; every payment has a signature of its own, and goes to one of 10,000 accounts\n',
  );
  const header = ['blocks', 'payments', 'seconds', 'blocks/s', 'payments/s', 'CPU s: serve', 'CPU s: sync'];
  console.log(`${''.padEnd(26)}${header.map((text) => text.padStart(13)).join('')}`);
  for (const sync of cases) {
    const result = await measure(sync);
    const payments = sync.blocks * sync.paymentsPerBlock;
    const cells = [
      `${sync.blocks}`,
      `${payments}`,
      result.seconds.toFixed(2),
      (sync.blocks / result.seconds).toFixed(0),
      (payments / result.seconds).toFixed(0),
      result.servingSeconds.toFixed(1),
      result.syncingSeconds.toFixed(1),
    ];
    console.log(`${sync.name.padEnd(26)}${cells.map((text) => text.padStart(13)).join('')}`);
  }
  const milliseconds = quick ? 500 : 2_000;
  console.log(`\nlimits of this machine now: ${(await signatureLimit(milliseconds)).toFixed(0)} signatures/s a core;`);
  console.log(`${(await diskSyncs(milliseconds)).toFixed(0)} durable writes/s, of which every block needs two`);
}

async function measure(sync: SyncCase): Promise<SyncResult> {
  const folder = await mkdtemp(join(tmpdir(), 'corrente-bench-'));
  try {
    const networkFile = join(folder, 'network.json');
    const network = await generatedNetwork(networkFile);
    await generate(join(folder, 'serving'), network, sync);
    const args = ['--network', networkFile, '--mine', 'off', '--log-level', 'warn'];
    const serving = await startLocalNode({ data: join(folder, 'serving'), args });
    try {
      return await measureSync(serving, join(folder, 'syncing'), args, sync.blocks);
    } finally {
      await serving.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function diskSyncs(milliseconds: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'corrente-bench-'));
  try {
    return await diskLimit(join(folder, 'written'), milliseconds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function generate(data: string, network: Network, sync: SyncCase): Promise<void> {
  await mkdir(data);
  const store = await openStore(network, join(data, 'chain.mdb'));
  await extendChain(store, network, sync, sync.blocks);
  await store.close();
}

async function measureSync(serving: LocalNode, data: string, args: string[], height: number): Promise<SyncResult> {
  const before = await processUse(serving.process.pid);
  const syncing = await startLocalNode({ data, args: [...args, '--peer', serving.url] });
  const started = performance.now();
  try {
    const atStart = await processUse(syncing.process.pid);
    while ((await heightOf(syncing)) < height) {
      if (performance.now() - started > PATIENCE_MS) throw new Error(`not synced after ${PATIENCE_MS / 1000} s`);
      await delay(POLL_MS);
    }
    const seconds = (performance.now() - started) / 1000;
    const [given, taken] = [await processUse(serving.process.pid), await processUse(syncing.process.pid)];
    return {
      seconds,
      servingSeconds: given.cpuSeconds - before.cpuSeconds,
      syncingSeconds: taken.cpuSeconds - atStart.cpuSeconds,
    };
  } finally {
    await syncing.stop();
  }
}

async function heightOf(node: LocalNode): Promise<number> {
  return (await node.ask<{ chain: { height: number } }>('{ chain { height } }')).chain.height;
}

const POLL_MS = 50;
const PATIENCE_MS = 600_000;
