import type { ChainReader, StoredHeader } from '../../chain/chainStore.js';
import { isOnBestChain } from '../../chain/headerTree.js';
import { badUserInput, slowConsumer, unknownBlock } from '../errors.js';
import type { RequestView } from '../context.js';
import type { Activity } from './activity.js';
import type { Source } from './feed.js';

/** Where a follower of the best chain starts: at most one of the two, neither for what comes from now on. */
export interface Resumption {
  readonly afterHeight?: number | null;
  readonly afterHash?: Uint8Array | null;
}

/**
 * Follows the best chain from block to block by its last position alone: a reader that is days behind costs nothing. After a
 * reorganization it goes on at the block after the fork point, so a block that is not above the one before undoes what it had.
 */
export class BlockCursor implements Source<StoredHeader> {
  readonly #tipChanged: Activity['tipChanged'];
  /** The last block told; undefined before genesis. */
  #last: StoredHeader | undefined;

  /** Throws BAD_USER_INPUT, or UNKNOWN_BLOCK for a hash that `reader` does not know. */
  constructor(from: Resumption, reader: ChainReader, tipChanged: Activity['tipChanged']) {
    this.#tipChanged = tipChanged;
    this.#last = startOf(from, reader);
  }

  listen(wake: () => void): () => void {
    return this.#tipChanged.on(wake);
  }

  next({ snapshot }: Pick<RequestView, 'snapshot'>): StoredHeader | undefined {
    const before = this.#last && forkPoint(snapshot, this.#last);
    if (this.#last && !before) throw slowConsumer('the branch of the last block that was read is forgotten');
    const block = snapshot.headerAt(before ? before.height + 1 : 0);
    if (block) this.#last = block;
    return block;
  }
}

function startOf({ afterHeight, afterHash }: Resumption, reader: ChainReader): StoredHeader | undefined {
  const tip = reader.tip();
  if (afterHash != null) {
    if (afterHeight != null) throw badUserInput('expected at most one of afterHeight and afterHash, got both');
    const block = reader.header(afterHash);
    if (block) return block;
    throw unknownBlock('afterHash: this node does not know the block: name an earlier one');
  }
  if (afterHeight == null) return tip;
  if (afterHeight < -1) throw badUserInput(`afterHeight: expected -1 or above, got ${afterHeight}`);
  // The best chain can be heavier and shorter than the branch that the client saw: then at least its tip is news.
  return reader.headerAt(afterHeight > tip.height ? tip.height - 1 : afterHeight);
}

/** The last block of the best chain that is `block` or an ancestor of it; undefined if the branch is not stored any more. */
function forkPoint(reader: ChainReader, block: StoredHeader): StoredHeader | undefined {
  let header: StoredHeader | undefined = block;
  while (header && !isOnBestChain(reader, header)) header = reader.header(header.previousHash);
  return header;
}
