import { BlockCountsDocument, BlockDetailsDocument, BlockTransfersDocument } from './operations.js';
import type { NodeConnection, TransferFragment } from '../../src/client/client.js';

/** A confirmed transfer and its place. */
export interface PlacedTransfer extends TransferFragment {
  readonly height: number;
  /** Time of its block, ISO 8601. */
  readonly minedAt: string;
}

/** The newest transfers of a run of blocks. */
export interface TransferPage {
  readonly transfers: readonly PlacedTransfer[];
  /** Lowest searched height: the next page begins below. */
  readonly from: number;
  /** Heights of blocks with more than MAX_OF_BLOCK transfers, of which the older ones are left out. */
  readonly cut: readonly number[];
}

/**
 * The newest transfers at and below a height, newest first: whole blocks until there are `count` of them, or until MAX_BLOCKS were
 * searched. Most blocks of a quiet chain are empty, and their headers show it. Rejects with RequestError.
 */
export async function transfersBelow(
  top: number,
  count: number,
  { node }: { readonly node: NodeConnection },
  signal: AbortSignal,
): Promise<TransferPage> {
  const transfers: PlacedTransfer[] = [];
  const cut: number[] = [];
  let from = top + 1;
  const lowest = Math.max(0, top - MAX_BLOCKS);
  while (from > lowest + 1 && transfers.length < count) {
    const floor = Math.max(lowest, from - 1 - WINDOW);
    const { block } = await node.request(BlockDetailsDocument, { height: floor, first: 0 }, signal);
    const window = { locator: block ? [block.hash] : [], first: from - 1 - floor };
    const { headersAfter } = (await node.request(BlockCountsDocument, window, signal)).chain;
    const filled = headersAfter.filter(({ transactionCount }) => transactionCount > 0).reverse();
    from = floor + 1;
    for (const { hash, height, timestamp, transactionCount } of filled) {
      if (transfers.length >= count) {
        from = height + 1;
        break;
      }
      const answer = await node.request(BlockTransfersDocument, { hash, last: MAX_OF_BLOCK }, signal);
      const held = answer.block?.transactions.nodes ?? [];
      transfers.push(...held.map((transfer) => ({ ...transfer, height, minedAt: timestamp })).reverse());
      if (transactionCount > MAX_OF_BLOCK) cut.push(height);
    }
  }
  // Genesis, at height 0, is empty.
  return { transfers, from: from === 1 ? 0 : from, cut };
}

/** Blocks searched for one page, at most. */
const MAX_BLOCKS = 5_000;
/** Headers of one request: some 200 KB. */
const WINDOW = 1_000;
/** Length of a page of a list. */
const MAX_OF_BLOCK = 100;
