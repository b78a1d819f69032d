import type { Block } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import type { Rejection } from '../consensus/rejection.js';
import { checkSize, checkTransactionsAlone, checkTransactionsRoot } from '../consensus/blockRules.js';
import { checkHeaderAlone, checkHeaderOnParent, checkNotFromFuture, type HeaderWindow } from '../consensus/headers.js';

/** A rule that a block breaks. */
export interface BrokenRule {
  readonly rejection: Rejection;
  /** True if the block's hash commits to what is wrong, so that no block of this hash can ever be valid. */
  readonly invalid: boolean;
}

/** The rules that need nothing but the block: its size, its header's form, its proof of work. */
export function checkBlockAlone(block: Block, network: Network): BrokenRule | undefined {
  const size = checkSize(block, network);
  if (size) return { rejection: size, invalid: false };
  const alone = checkHeaderAlone(block.header, network);
  return alone && { rejection: alone, invalid: true };
}

/** The other rules up to 10, of a block whose parent is the last of `window`. `now` is in milliseconds since 1970. */
export function checkBlockOnParent(
  block: Block,
  window: HeaderWindow,
  network: Network,
  now: number,
): BrokenRule | undefined {
  const onParent = checkHeaderOnParent(block.header, window, network);
  if (onParent) return { rejection: onParent, invalid: true };
  const uncommitted = checkNotFromFuture(block.header, window, now) ?? checkTransactionsRoot(block);
  if (uncommitted) return { rejection: uncommitted, invalid: false };
  // The leaves commit to every field and signature, and rule 9 held: from here the hash is to blame.
  const transactions = checkTransactionsAlone(block);
  return transactions && { rejection: transactions, invalid: true };
}
