import { headerWindow } from '../chain/branches.js';
import type { ChainReader } from '../chain/chainStore.js';
import { computingTransactionsRoot, HEADER_BYTES, type BlockTemplateHeader } from '../consensus/block.js';
import { nextTarget, type Network } from '../consensus/network.js';
import type { Transaction } from '../consensus/transaction.js';
import { applyTransaction } from '../ledger/ledger.js';
import { Overlay } from '../ledger/accounts.js';
import type { Steps } from '../util/turns.js';

/** A block without its nonce. A snapshot: nothing that comes later changes it. */
export interface BlockTemplate {
  readonly header: BlockTemplateHeader;
  readonly transactions: readonly Transaction[];
}

/**
 * The next block on the reader's tip for `miner`, with the best-paying of `pending` that fit. Each is applied on an overlay, and
 * one that fails is left out: a bad transaction costs its own place and never the block. A full block takes a tenth of a second, in
 * steps; the reader stands still until the end. `now` in milliseconds since 1970.
 */
export function* buildingTemplate(
  network: Network,
  reader: ChainReader,
  pending: { select(maxBytes: number): readonly Transaction[] },
  miner: Uint8Array,
  now: number,
): Steps<BlockTemplate> {
  const parent = reader.tip();
  const overlay = new Overlay(reader);
  const transactions: Transaction[] = [];
  for (const transaction of pending.select(network.maxBlockBytes - HEADER_BYTES - 8)) {
    if (applyTransaction(overlay, transaction) === undefined) transactions.push(transaction);
    yield;
  }
  return {
    header: {
      height: parent.height + 1,
      previousHash: parent.hash,
      transactionsRoot: yield* computingTransactionsRoot(transactions),
      transactionCount: transactions.length,
      timestamp: Math.max(now, headerWindow(reader, parent).medianTime() + 1),
      target: nextTarget(network, parent),
      miner,
    },
    transactions,
  };
}
