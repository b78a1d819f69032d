import { toHex } from '../crypto/bytes.js';
import type { Block } from '../consensus/block.js';

/** Blocks with proof of work whose parent is not known yet. At either bound the block that waited longest is forgotten. */
export class OrphanPool {
  readonly #maxBlocks: number;
  readonly #maxBytes: number;
  readonly #orphans = new Map<string, { readonly block: Block; readonly size: number }>();
  readonly #byParent = new Map<string, Set<string>>();
  #bytes = 0;

  constructor(maxBlocks: number, maxBytes: number) {
    this.#maxBlocks = maxBlocks;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#orphans.size;
  }

  add(block: Block, size: number): void {
    const hash = toHex(block.header.hash);
    if (this.#orphans.has(hash)) return;
    this.#orphans.set(hash, { block, size });
    this.#bytes += size;
    const parent = toHex(block.header.previousHash);
    const siblings = this.#byParent.get(parent);
    if (siblings) siblings.add(hash);
    else this.#byParent.set(parent, new Set([hash]));
    for (const oldest of this.#orphans.keys()) {
      if (this.#orphans.size <= this.#maxBlocks && this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest);
    }
  }

  /** Removes and returns the blocks that wait for this parent. */
  takeChildren(parentHash: Uint8Array): Block[] {
    const hashes = [...(this.#byParent.get(toHex(parentHash)) ?? [])];
    return hashes.map((hash) => this.#remove(hash));
  }

  #remove(hash: string): Block {
    const { block, size } = this.#orphans.get(hash)!;
    this.#orphans.delete(hash);
    this.#bytes -= size;
    const parent = toHex(block.header.previousHash);
    const siblings = this.#byParent.get(parent)!;
    siblings.delete(hash);
    if (siblings.size === 0) this.#byParent.delete(parent);
    return block;
  }
}
