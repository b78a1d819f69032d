import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { descriptors, memoryMiB } from './attacks/processUse.js';
import { campaignFolder } from './atExit.js';
import { runCampaign } from './campaign.js';
import { NodeRun } from './nodeRun.js';
import { offer } from './overload/offer.js';
import { Payers } from './overload/payers.js';
import { addressOf, MINERS } from './paymentPlan.js';

/** What must not grow: of one moment. */
interface Moment {
  readonly memory: number;
  readonly views: number;
  readonly queued: number;
}

/** Growth from the second quarter to the last, in the lowest of each, which a garbage collector does not decide. */
const MAX_GROWTH: Readonly<Record<keyof Moment, { readonly times: number; readonly more: number }>> = {
  memory: { times: 1.1, more: 20 },
  views: { times: 1, more: 2 },
  queued: { times: 1, more: 50 },
};

const MAX_CONNECTIONS = 256;
/** Descriptors of a node that nobody asks, against before: files that it opens once, and no connection. */
const MAX_MORE_DESCRIPTORS = 4;
/** After the last client and peer have gone. */
const REST_MS = 15_000;

/**
 * An hour of half a node's capacity (20 s in the short form; SOAK_SECONDS of another length), while clients subscribe and go and a peer
 * comes and goes: memory, open views and queues must not grow, nor the descriptors that are open when all have gone.
 */
await runCampaign('soak', async ({ short }, report) => {
  const seconds = Number(process.env['SOAK_SECONDS'] ?? (short ? 20 : 3_600));
  const folder = campaignFolder();
  const networkFile = join(folder, 'network.json');
  const payers = new Payers(networkFile);
  const start = (name: string): NodeRun =>
    new NodeRun({
      data: join(folder, name),
      network: networkFile,
      miner: addressOf(payers.network, MINERS[0]),
      args: ['--outbound', '0', '--log-level', 'error'],
    });
  const node = start('node');
  if (!(await node.serves)) throw new Error(`the node ended before it served: ${node.lastWords}`);
  const { origin } = new URL(node.url);
  const next = () => payers.mixed();
  await offer(origin, { seconds: 2 }, next);
  const { perSecond: capacity } = await offer(origin, { seconds: 3 }, next);
  // Threads that start with the first block, and the like, are there for good.
  await node.ask('mutation { mineBlocks { __typename } }');
  await subscribeAndGo(node);
  await comeAndGo(node, start('peer'));
  const descriptorsBefore = await descriptorsAtRest(node, 0);
  console.log(`capacity ${capacity.toFixed(0)}/s, ${seconds} s at half of it`);
  const over = new AbortController();
  const moments: Moment[] = [];
  const until = async (every: number, act: () => Promise<void>): Promise<void> => {
    while (!over.signal.aborted) {
      await act();
      await delay(every);
    }
  };
  const others = [
    until(1_000, async () => {
      await node.ask('mutation { mineBlocks { __typename } }');
    }),
    until(1_000, async () => void moments.push(await look(node))),
    until(200, async () => {
      await subscribeAndGo(node);
      report.faults++;
    }),
    until(2_000, async () => {
      await comeAndGo(node, start('peer'));
      report.faults++;
    }),
  ];
  const served = await offer(origin, { seconds, perSecond: capacity / 2, crowd: MAX_CONNECTIONS }, next);
  over.abort();
  await Promise.all(others);
  const descriptorsAfter = await descriptorsAtRest(node, descriptorsBefore + MAX_MORE_DESCRIPTORS);
  console.log(`descriptors at rest: ${descriptorsBefore} before, ${descriptorsAfter} after`);
  if (descriptorsAfter > descriptorsBefore + MAX_MORE_DESCRIPTORS)
    report.fellShort(`descriptors at rest grew from ${descriptorsBefore} to ${descriptorsAfter}`);
  console.log(
    `${served.done} served, ${served.refused} refused, ${served.failed} failed, p99 ${served.doneP99Ms.toFixed(0)} ms`,
  );
  if (served.failed > 0)
    report.fellShort(
      `expected an answer or a code for each, ${served.failed} had none: ${served.firstFailure?.slice(0, 200)}`,
    );
  const quarter = Math.floor(moments.length / 4);
  for (const what of Object.keys(MAX_GROWTH) as (keyof Moment)[]) {
    const lowest = (some: readonly Moment[]): number => Math.min(...some.map((moment) => moment[what]));
    const [early, late] = [lowest(moments.slice(quarter, 2 * quarter)), lowest(moments.slice(-quarter))];
    console.log(`${what}: ${early.toFixed(0)} early, ${late.toFixed(0)} late`);
    const { times, more } = MAX_GROWTH[what];
    // The short form has a few moments of each, and a heap and a pool of connections that still grow to their size.
    const isSlope = late > early * times + more && (seconds >= 120 || what === 'views');
    if (isSlope) report.fellShort(`${what} grew from ${early.toFixed(0)} to ${late.toFixed(0)}`);
  }
  const lost = await payers.lost(node);
  if (lost > 0) report.fellShort(`expected every acknowledged payment, got ${lost} accounts that lack one`);
  for (const line of node.log) report.fellShort(`the node logged an error of its own: ${line}`);
  node.kill('SIGTERM');
  await node.ended;
});

/** The fewest descriptors within REST_MS, or the first that are so few. */
async function descriptorsAtRest(node: NodeRun, few: number): Promise<number> {
  let least = Infinity;
  for (const started = performance.now(); least > few && performance.now() - started < REST_MS;) {
    await delay(500);
    least = Math.min(least, descriptors(node.processId));
  }
  return least;
}

async function look(node: NodeRun): Promise<Moment> {
  const { vitals } = await node.ask<{ vitals: { queues: { items: number }[]; databases: { views: number }[] } }>(
    '{ vitals { queues { items } databases { views } } }',
  );
  return {
    memory: memoryMiB(node.processId),
    views: vitals.databases.reduce((sum, { views }) => sum + views, 0),
    queued: vitals.queues.reduce((sum, { items }) => sum + items, 0),
  };
}

/** A WebSocket with three subscriptions that is gone soon, in order or not. */
async function subscribeAndGo(node: NodeRun): Promise<void> {
  const socket = new WebSocket(node.url.replace('http', 'ws'), 'graphql-transport-ws');
  socket.on('error', () => undefined);
  socket.on('open', () => {
    socket.send('{"type":"connection_init"}');
    for (let id = 0; id < 3; id++) {
      const query = 'subscription { blockAdded { height } }';
      socket.send(JSON.stringify({ id: `${id}`, type: 'subscribe', payload: { query } }));
    }
  });
  await delay(100);
  if (Math.random() < 0.5) socket.terminate();
  else socket.close();
}

/** A peer that syncs for two seconds and is killed. */
async function comeAndGo(node: NodeRun, peer: NodeRun): Promise<void> {
  if (await peer.serves) {
    await node.ask('mutation ($url: PeerUrl!) { addPeer(url: $url) { id } }', { url: peer.url });
    await delay(2_000);
    await node.ask('mutation ($url: PeerUrl!) { removePeer(url: $url) }', { url: peer.url });
  }
  peer.kill('SIGKILL');
  await peer.ended;
}
