import type { StoredHeader } from '../chain/chainStore.js';
import type { Transaction } from '../consensus/transaction.js';
import { toHex } from '../crypto/bytes.js';
import type { MerkleTree } from '../crypto/merkle.js';
import { BoundedMap } from '../util/boundedSet.js';

/** Blocks whose fees are remembered: some hundred bytes each. */
const MAX_FEES = 10_000;
/** Bytes of trees that are remembered: of full blocks of 2 MiB, 36. */
const MAX_TREE_BYTES = 32 * 1024 * 1024;

/** What was computed of blocks, for all requests, by block hash in hexadecimal: a block never changes. */
export class BlockCache {
  readonly fees = new BoundedMap<string, bigint>(MAX_FEES);
  readonly proofs: TreeCache;

  constructor(maxTreeBytes = MAX_TREE_BYTES) {
    this.proofs = new TreeCache(maxTreeBytes);
  }

  /** Takes the fees of a block that came on top: what is asked for most is there before anybody reads the block again. */
  tipChanged({ connected, body }: NewBlocks): void {
    const [block] = connected;
    if (!block || connected.length > 1) return;
    this.fees.set(
      toHex(block.hash),
      body(block).reduce((sum, { fee }) => sum + fee, 0n),
    );
  }
}

/** Blocks that joined the best chain. */
interface NewBlocks {
  readonly connected: readonly StoredHeader[];
  readonly body: (block: StoredHeader) => readonly Pick<Transaction, 'fee'>[];
}

/** Trees of at most so many bytes in all; at the bound the one used longest ago is forgotten. */
class TreeCache {
  readonly #trees = new Map<string, MerkleTree>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): MerkleTree | undefined {
    const tree = this.#trees.get(key);
    if (tree) {
      // The last of a map is the one used last.
      this.#trees.delete(key);
      this.#trees.set(key, tree);
    }
    return tree;
  }

  set(key: string, tree: MerkleTree): void {
    this.#forget(key);
    this.#trees.set(key, tree);
    this.#bytes += tree.bytes;
    for (const oldest of this.#trees.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#bytes -= this.#trees.get(key)?.bytes ?? 0;
    this.#trees.delete(key);
  }
}
