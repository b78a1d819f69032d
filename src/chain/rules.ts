import type { Block } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import type { Rejection } from '../consensus/rejection.js';
import { checkSize, checkTransactionsAlone, checkTransactionsRoot } from '../consensus/blockRules.js';
import { checkHeaderAlone, checkHeaderOnParent, checkNotFromFuture } from '../consensus/headers.js';
import type { ChainReader, StoredHeader } from './chainStore.js';
import { headerWindow } from './branches.js';

/** A rule that a block breaks. */
export interface BlockFault {
  readonly rejection: Rejection;
  /** True if the block's hash commits to what is wrong, so that no block of this hash can ever be valid. */
  readonly invalid: boolean;
}

/** The rules that need nothing but the block: its size, its header's form, its proof of work. */
export function faultAlone(block: Block, network: Network): BlockFault | undefined {
  const size = checkSize(block, network);
  if (size) return { rejection: size, invalid: false };
  const alone = checkHeaderAlone(block.header, network);
  return alone && { rejection: alone, invalid: true };
}

/** The other rules up to 10, of a block whose parent is known. `now` is in milliseconds since 1970. */
export function faultOnParent(
  block: Block,
  parent: StoredHeader,
  reader: Pick<ChainReader, 'header'>,
  network: Network,
  now: number,
): BlockFault | undefined {
  const window = headerWindow(reader, parent);
  const onParent = checkHeaderOnParent(block.header, window, network);
  if (onParent) return { rejection: onParent, invalid: true };
  const uncommitted = checkNotFromFuture(block.header, window, now) ?? checkTransactionsRoot(block);
  if (uncommitted) return { rejection: uncommitted, invalid: false };
  // The leaves commit to every field and signature, and rule 9 held: from here the hash is to blame.
  const transactions = checkTransactionsAlone(block);
  return transactions && { rejection: transactions, invalid: true };
}
