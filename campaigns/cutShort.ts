import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { benchKey } from '../bench/benchKey.js';
import { extendChain, generatedNetwork, openStore, PREFIX, type ChainShape } from '../bench/generatedChain.js';
import type { Network } from '../src/consensus/network.js';
import { encodeAddress } from '../src/crypto/address.js';
import { toHex } from '../src/crypto/bytes.js';
import { campaignFolder } from './atExit.js';
import { runCampaign } from './campaign.js';
import { NodeRun } from './nodeRun.js';
import { Random } from './random.js';
import { verifyCopy } from './verifyCopy.js';

const SHAPE: ChainShape = { paymentsPerBlock: 60, recipients: 500 };
const MINERS = [benchKey(1_000_000).publicKey, benchKey(2_000_000).publicKey];
const PATIENCE_MS = 120_000;

/** Where a node stands. */
interface Tip {
  readonly height: number;
  readonly tip: { readonly hash: string };
}

/**
 * Kills a node with SIGKILL in the midst of its change to a longer branch, which is many commits, and starts it again, 40 times (4 in the
 * short form), each time from the same chain of 300 blocks (100). Whatever was on disk, `corrente verify` finds no fault in it, the next
 * start serves the old tip, the new one, or a higher one of the same branch, and with its peer the node gets to the end of it.
 */
await runCampaign('cut-short', async ({ seed, short }, report) => {
  const random = new Random(seed);
  const folder = campaignFolder();
  const networkFile = join(folder, 'network.json');
  const network = await generatedNetwork(networkFile);
  const [depth, kills] = short ? [100, 4] : [300, 40];
  for (const [name, height, miner] of [
    ['ours', depth, MINERS[0]!],
    ['theirs', depth + 1, MINERS[1]!],
  ] as const) {
    const data = join(folder, name);
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const store = await openStore(network, join(data, 'chain.mdb'));
    await extendChain(store, network, SHAPE, height, miner);
    await store.close();
  }
  const start = async (data: string): Promise<NodeRun> => {
    const args = ['--outbound', '0', '--log-level', 'warn'];
    const node = new NodeRun({ data, network: networkFile, miner: encodeAddress(PREFIX, MINERS[0]!), args });
    if (!(await node.serves)) throw new Error(`the node ended before it served: ${node.lastWords}`);
    return node;
  };
  const tipOf = async (node: NodeRun) => (await node.ask<{ chain: Tip }>('{ chain { height tip { hash } } }')).chain;
  const peer = await start(join(folder, 'theirs'));
  const theirs = await tipOf(peer);
  let longestMs = 0;

  for (let round = 0; round < kills; round++) {
    const data = join(folder, 'node');
    rmSync(data, { recursive: true, force: true });
    cpSync(join(folder, 'ours'), data, { recursive: true });
    const node = await start(data);
    const ours = await tipOf(node);
    const started = performance.now();
    await node.ask('mutation ($url: PeerUrl!) { addPeer(url: $url) { id } }', { url: peer.url });
    // The first round learns how long the whole takes; the others are cut short somewhere in it.
    if (round === 0) {
      await arrival(node, tipOf, theirs);
      longestMs = performance.now() - started;
    } else {
      // Before that the branch is still fetched.
      await delay(longestMs * (0.5 + random.below(500) / 1_000));
    }
    node.kill('SIGKILL');
    await node.ended;
    report.faults++;

    const onDisk = await storedTip(network, data);
    const isInTheMidst = ![ours, theirs].some(({ tip: { hash } }) => hash === onDisk);
    report.add({ 'cut in the midst': isInTheMidst ? 1 : 0 });
    const fault = await verifyCopy(data, networkFile);
    if (fault !== undefined) report.fellShort(`round ${round}: corrente verify: ${fault}`);
    const again = await start(data);
    const tip = await tipOf(again);
    const isThere = tip.tip.hash === theirs.tip.hash;
    report.add({ [isThere ? 'starts on the new branch' : 'starts on the old branch']: 1 });
    if (!isThere && tip.tip.hash !== ours.tip.hash) {
      report.fellShort(`round ${round}: expected the tip of one of the branches, got ${tip.height} ${tip.tip.hash}`);
    }
    if (!(await arrival(again, tipOf, theirs))) report.fellShort(`round ${round}: it did not reach the longer branch`);
    again.kill('SIGTERM');
    await again.ended;
    const last = await verifyCopy(data, networkFile);
    if (last !== undefined) report.fellShort(`round ${round}: corrente verify at the end: ${last}`);
  }
  console.log(`the whole change of branch took ${(longestMs / 1_000).toFixed(1)} s`);
});

/** Hash of the tip in the chain's file of a data folder that no node uses. */
async function storedTip(network: Network, data: string): Promise<string> {
  const copy = `${data}-tip.mdb`;
  cpSync(join(data, 'chain.mdb'), copy);
  const store = await openStore(network, copy);
  const snapshot = store.snapshot();
  try {
    return toHex(snapshot.tip().hash);
  } finally {
    snapshot.release();
    await store.close();
    rmSync(copy);
  }
}

/** Whether the node gets to this tip in time. */
async function arrival(node: NodeRun, tipOf: (node: NodeRun) => Promise<Tip>, { tip }: Tip): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if ((await tipOf(node)).tip.hash === tip.hash) return true;
    await delay(20);
  }
  return false;
}
