import { writeFile } from 'node:fs/promises';
import { encodeAddress } from '../src/crypto/address.js';
import { startLocalNode, type LocalNode } from '../examples/localNode.js';
import { PREFIX, recipient } from './generatedChain.js';
import { load } from './load/load.js';
import { processUse, type ProcessUse } from './processUse.js';
import { inRounds, type Rounds } from './rounds.js';

/** A data folder with a chain, and the number of its recipients. */
export interface LongChain {
  readonly data: string;
  readonly recipients: number;
}

export interface NodeFigures {
  /** Milliseconds from the start of the process until it serves. */
  readonly start: Rounds;
  /** Milliseconds of a balance over HTTP: the median of a few hundred, one after another, of accounts chosen evenly. */
  readonly balance: Rounds;
  readonly afterStart: readonly ProcessUse[];
  readonly afterQueries: readonly ProcessUse[];
}

/** Starts a whole node on each chain, again and again, and asks the nodes of the last round for balances. */
export async function measureNodes(
  networkFile: string,
  chains: readonly LongChain[],
  rounds: number,
): Promise<NodeFigures> {
  const args = ['--network', networkFile, '--mine', 'off', '--log-level', 'warn'];
  const start = await inRounds(rounds, chains, async ({ data }) => {
    const started = performance.now();
    const node = await startLocalNode({ data, args });
    const milliseconds = performance.now() - started;
    await node.stop();
    return milliseconds;
  });
  const nodes: LocalNode[] = [];
  try {
    for (const { data } of chains) nodes.push(await startLocalNode({ data, args }));
    const afterStart = await Promise.all(nodes.map(({ process }) => processUse(process.pid)));
    const asked = nodes.map((node, index) => ({ node, recipients: chains[index]!.recipients }));
    const balance = await inRounds(3 * rounds, asked, medianQuery);
    const afterQueries = await Promise.all(nodes.map(({ process }) => processUse(process.pid)));
    return { start, balance, afterStart, afterQueries };
  } finally {
    for (const node of nodes) await node.stop();
  }
}

async function medianQuery({ node, recipients }: { node: LocalNode; recipients: number }): Promise<number> {
  const asked = Array.from({ length: QUERIES }, () => {
    const address = encodeAddress(PREFIX, recipient(Math.floor(Math.random() * recipients)));
    return `${JSON.stringify({ query: BALANCE, variables: { address } })}\n`;
  });
  const bodies = `${node.data}.ndjson`;
  await writeFile(bodies, asked.join(''));
  const requests = { bodies, count: QUERIES, connections: 1, items: 1, accepted: PAID, times: 1 };
  return (await load(node.url, requests, PATIENCE_SECONDS)).p50;
}

const BALANCE = 'query ($address: Address!) { balance(address: $address) { confirmed available nextNonce } }';
/** What each recipient got, once. */
const PAID = '"confirmed":"1000"';
const QUERIES = 400;
const PATIENCE_SECONDS = 60;
