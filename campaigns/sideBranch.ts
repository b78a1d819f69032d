import { MINERS } from './paymentPlan.js';
import type { NodeRun } from './nodeRun.js';
import type { Random } from './random.js';
import { atOnce } from '../src/util/turns.js';
import { BlocksByHashDocument } from '../src/client/operations/peer.js';
import type { Block, BlockHeader } from '../src/consensus/block.js';
import type { Network } from '../src/consensus/network.js';
import type { Transaction } from '../src/consensus/transaction.js';
import { toHex } from '../src/crypto/bytes.js';
import { Wire } from '../src/peers/client/wire.js';
import { mineBlock } from '../test/support/blocks.js';

/**
 * A branch, oldest block first, that replaces 1 to 4 blocks of the node's best chain and is one block longer. It holds the first
 * transactions of the replaced blocks, in their order; the rest must become pending again. Undefined while the chain is too short.
 */
export async function sideBranch(node: NodeRun, network: Network, random: Random): Promise<Block[] | undefined> {
  const wire = new Wire(network);
  const { chain } = await node.ask<{ chain: { blocks: { nodes: unknown[] } } }>(LAST_HEADERS);
  const headers = chain.blocks.nodes.map((answer) => wire.header(answer));
  const depth = 1 + random.below(4);
  if (headers.length <= depth) return undefined;
  const hashes = headers.slice(-depth).map(({ hash }) => toHex(hash));
  const { blocks } = await node.ask<{ blocks: { body: string }[] }>(BlocksByHashDocument.toString(), { hashes });
  const replaced = blocks.flatMap(({ body }) => atOnce(wire.body(body)));
  const kept = replaced.slice(0, random.below(replaced.length + 1));
  return mineBranch(network, headers.at(-1 - depth)!, depth + 1, kept);
}

/** `count` blocks on `parent`, with the transactions distributed over them in order. */
function mineBranch(network: Network, parent: BlockHeader, count: number, transactions: Transaction[]): Block[] {
  const share = Math.ceil(transactions.length / count);
  const branch: Block[] = [];
  for (let header = parent; branch.length < count; header = branch.at(-1)!.header) {
    const start = branch.length * share;
    branch.push(
      mineBlock({
        network,
        parent: header,
        transactions: transactions.slice(start, start + share),
        miner: MINERS[1],
        timestamp: Math.max(Date.now(), header.timestamp + 1),
      }),
    );
  }
  return branch;
}

const LAST_HEADERS = `query { chain { blocks(last: 5) { nodes {
  hash height previousHash transactionsRoot transactionCount timestamp target miner nonce } } } }`;
