import { equalBytes, toHex } from '../crypto/bytes.js';
import type { Block, BlockHeader } from '../consensus/block.js';
import {
  checkBlockAlone,
  checkBlockOnParent,
  checkingBody,
  checkingTransactionsRoot,
  checkSize,
} from '../consensus/blockRules.js';
import { checkHeaderAlone } from '../consensus/headers.js';
import type { Network } from '../consensus/network.js';
import { workOf } from '../consensus/pow.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Steps } from '../util/turns.js';
import { headerToStore, headerWindow, isOnBestChain } from './branches.js';
import type { ChainReader, StoredHeader } from './chainStore.js';
import type { AddBlockOutcome } from './outcome.js';
import { sideBlockRefusal } from './sideBranches.js';

/** What the rules ask besides the chain. */
interface Rules {
  readonly network: Network;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Rules 1 to 10: an outcome if the block needs no more work, undefined if it does. An orphan's body belongs to its header. The reader is
 * asked in the first step alone.
 */
export function* examiningBlock(
  reader: ChainReader,
  block: Block,
  rules: Rules & { readonly isAskedFor: boolean },
): Steps<AddBlockOutcome | undefined> {
  const known = knownBlock(reader, block.header.hash);
  if (known) return known;
  const size = checkSize(block, rules.network);
  if (size) return rejected(size, false);
  const judged = judgeHeader(reader, block.header, rules);
  if (judged?.status === 'orphan') {
    // Before it is kept, a body must belong to its header: junk under a good header would take the real one's place.
    const foreign = yield* checkingTransactionsRoot(block);
    if (foreign) return rejected(foreign, false);
  }
  if (judged) return judged;
  const body = yield* checkingBody(block);
  return body && rejected(body.rejection, body.invalid);
}

/** Rules 2 to 8: the outcome for a block that is not stored, whatever its body is; undefined if that is for its body to say. */
export function judgeHeader(
  reader: ChainReader,
  header: BlockHeader,
  { network, now, isAskedFor }: Rules & { readonly isAskedFor: boolean },
): AddBlockOutcome | undefined {
  const alone = checkHeaderAlone(header, network);
  if (alone) return rejected(alone, true);
  const parent = reader.header(header.previousHash);
  if (!parent) return { status: 'orphan', rejection: { code: 'UNKNOWN_PARENT', parent: toHex(header.previousHash) } };
  if (parent.invalid) return rejected({ code: 'INVALID_PARENT', parent: toHex(parent.hash) }, true);
  const onParent = checkBlockOnParent({ header }, headerWindow(reader, parent), network, now);
  if (onParent) return rejected(onParent.rejection, onParent.invalid);
  const { height, previousHash } = header;
  const work = parent.work + workOf(header.target);
  const unwanted = isAskedFor ? undefined : sideBlockRefusal(reader, { height, previousHash, work });
  return unwanted && rejected(unwanted, false);
}

/** The outcome for a block that is stored; undefined for another. */
export function knownBlock(reader: ChainReader, hash: Uint8Array): AddBlockOutcome | undefined {
  const block = reader.header(hash);
  if (!block) return undefined;
  if (block.invalid) return rejected({ code: 'INVALID_PARENT', parent: toHex(hash) }, true);
  return { status: 'known', block, onBestChain: isOnBestChain(reader, block) };
}

/** The first so many blocks that are new, follow the tip one after another and keep rules 1 to 10. The reader stands still until it ends. */
export function* findingFollowers(
  reader: ChainReader,
  blocks: readonly Block[],
  { network, now }: Rules,
): Steps<StoredHeader[]> {
  const window = headerWindow(reader, reader.tip());
  const followers: StoredHeader[] = [];
  for (const block of blocks) {
    const parent = window.last;
    if (!equalBytes(block.header.previousHash, parent.hash) || reader.header(block.header.hash)) break;
    if (checkBlockAlone(block, network) ?? checkBlockOnParent(block, window, network, now)) break;
    if (yield* checkingBody(block)) break;
    const header = headerToStore(block, parent);
    window.append(header);
    followers.push(header);
  }
  return followers;
}

/** The outcome of a block that is refused; `invalid` as AddBlockOutcome has it. */
export function rejected(rejection: Rejection, invalid: boolean): AddBlockOutcome {
  return { status: 'rejected', rejection, invalid };
}
