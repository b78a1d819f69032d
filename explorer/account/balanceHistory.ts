import {
  AccountHistoryDocument,
  BlockDetailsDocument,
  MinersDocument,
  RewardsDocument,
  type MinersQuery,
  type NodeConnection,
} from '../../src/client/client.js';

/** A balance after a block. */
export interface BalancePoint {
  readonly height: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Base units. */
  readonly balance: bigint;
}

/** Balance of an account after each block that changed it, oldest first, over the newest blocks. */
export interface BalanceHistory {
  readonly points: readonly BalancePoint[];
  /** First height that it covers. */
  readonly from: number;
}

/**
 * Walks back from the balance at the tip: over the account's transactions and, since rewards are no transactions, over the miners of the
 * newest SPAN blocks. It covers less where the account has more than MAX_TRANSACTIONS among them. Rejects with RequestError.
 */
export async function balanceHistory(
  address: string,
  { node }: { readonly node: NodeConnection },
  signal: AbortSignal,
): Promise<BalanceHistory> {
  const history = { address, first: MAX_TRANSACTIONS };
  const { balance } = await node.request(AccountHistoryDocument, history, signal);
  const { height, hash: tipHash } = balance.asOf;
  const floor = Math.max(0, height - SPAN);
  const { block: first } = await node.request(BlockDetailsDocument, { height: floor, first: 0 }, signal);
  const locator = first ? [first.hash] : [];
  const { headersAfter } = (await node.request(MinersDocument, { locator, first: SPAN }, signal)).chain;
  const tip = headersAfter.findIndex(({ hash }) => hash === tipHash);
  const headers = headersAfter.slice(0, tip + 1);

  const mined = headers.filter(({ miner }) => miner === address);
  const changes = await rewards(mined, node, signal);
  let from = floor;
  for (const { sender, recipient, amount, fee, status } of balance.transactions.nodes) {
    if (status.__typename !== 'TransactionConfirmed') continue;
    const { height } = status.block;
    const paid = sender === address ? BigInt(amount) + BigInt(fee) : 0n;
    const received = recipient === address ? BigInt(amount) : 0n;
    changes.set(height, (changes.get(height) ?? 0n) + received - paid);
  }
  const oldest = balance.transactions.nodes.at(-1)?.status;
  // What lies in the block of the oldest one may not be all that happened there.
  if (balance.transactions.pageInfo.hasNextPage && oldest?.__typename === 'TransactionConfirmed') {
    from = Math.max(from, oldest.block.height);
  }
  return { from, points: walkBack(BigInt(balance.confirmed), headers, changes, from) };
}

async function rewards(
  blocks: readonly { readonly hash: string; readonly height: number }[],
  node: NodeConnection,
  signal: AbortSignal,
): Promise<Map<number, bigint>> {
  const known = new Map<number, bigint>();
  for (let start = 0; start < blocks.length; start += MAX_BODIES) {
    const asked = blocks.slice(start, start + MAX_BODIES);
    const answer = await node.request(RewardsDocument, { hashes: asked.map(({ hash }) => hash) }, signal);
    for (const [index, block] of answer.blocks.entries()) {
      if (block) known.set(asked[index]!.height, BigInt(block.reward));
    }
  }
  return known;
}

type Headers = MinersQuery['chain']['headersAfter'];

function walkBack(
  confirmed: bigint,
  headers: Headers,
  changes: ReadonlyMap<number, bigint>,
  from: number,
): BalancePoint[] {
  let balance = confirmed;
  const points: BalancePoint[] = [];
  const covered = headers.filter(({ height }) => height >= from);
  for (const [index, { height, timestamp }] of [...covered.entries()].reverse()) {
    const change = changes.get(height);
    const isEnd = index === 0 || index === covered.length - 1;
    if (change !== undefined || isEnd) points.push({ height, at: Date.parse(timestamp), balance });
    balance -= change ?? 0n;
  }
  return points.reverse();
}

/** Blocks that are looked at: some 200 KB of headers. */
const SPAN = 1_000;
/** A page of a list. */
const MAX_TRANSACTIONS = 100;
/** As many as a node answers at once. */
const MAX_BODIES = 128;
