import { equalBytes } from './bytes.js';
import { sha256 } from './hash.js';

/** Hash of a Merkle leaf: SHA-256(0x00 ‖ data), RFC 9162 section 2.1.1. */
export function merkleLeaf(data: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(1 + data.length);
  prefixed.set(data, 1);
  return sha256(prefixed);
}

/**
 * Root of the RFC 9162 Merkle tree over leaf hashes. The 0x00 / 0x01 prefixes keep leaves and nodes apart, and no leaf is
 * ever duplicated, so two different lists never share a root (CVE-2012-2459 is Bitcoin's tree doing otherwise).
 */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return leaves.length === 0 ? sha256(new Uint8Array(0)) : subtreeRoot(leaves, 0, leaves.length);
}

/** The same, a hash a step. */
export function* computingMerkleRoot(leaves: readonly Uint8Array[]): Generator<void, Uint8Array, void> {
  let level = leaves;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      above.push(i + 1 < level.length ? parent(level[i]!, level[i + 1]!) : level[i]!);
      yield;
    }
    level = above;
  }
  return merkleRoot(level);
}

/** Audit path of leaf `index`, leaf to root (RFC 9162 section 2.1.3); throws RangeError outside the list. */
export function auditPath(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`expected an index from 0 to ${leaves.length - 1}, got ${index}`);
  }
  const path: Uint8Array[] = [];
  let start = 0;
  let end = leaves.length;
  while (end - start > 1) {
    const middle = start + leftSize(end - start);
    if (index < middle) {
      path.push(subtreeRoot(leaves, middle, end));
      end = middle;
    } else {
      path.push(subtreeRoot(leaves, start, middle));
      start = middle;
    }
  }
  return path.reverse();
}

/** The whole tree over leaf hashes, for many paths of one list: each costs no hash. */
export class MerkleTree {
  /** Leaves, then each level above them, one hash after another; the last of an odd level is the same on the next. */
  readonly #levels: Uint8Array[];

  /** `leaves`: their hashes, one after another; they must not change any more. */
  constructor(leaves: Uint8Array) {
    this.#levels = [leaves];
    const pair = new Uint8Array(1 + 64);
    pair[0] = 1;
    for (let below = leaves; below.length > 32;) {
      const level = new Uint8Array(32 * Math.ceil(below.length / 64));
      for (let i = 0; i < below.length; i += 64) {
        const children = below.subarray(i, i + 64);
        if (children.length === 64) pair.set(children, 1);
        level.set(children.length === 64 ? sha256(pair) : children, i / 2);
      }
      this.#levels.push(level);
      below = level;
    }
  }

  /** Of memory. */
  get bytes(): number {
    return this.#levels.reduce((sum, { length }) => sum + length, 0);
  }

  /** As auditPath has it; throws RangeError outside the list. */
  path(index: number): Uint8Array[] {
    const length = this.#levels[0]!.length / 32;
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RangeError(`expected an index from 0 to ${length - 1}, got ${index}`);
    }
    return this.#levels.flatMap((level, depth) => {
      const start = 32 * (Math.floor(index / 2 ** depth) ^ 1);
      return start < level.length ? [level.slice(start, start + 32)] : [];
    });
  }
}

/** True if `path` proves that `leaf` is number `index` of `count` leaves under `root` (RFC 9162 section 2.1.3.2). */
export function verifyAuditPath(
  leaf: Uint8Array,
  index: number,
  count: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= count) return false;
  let node = leaf;
  let position = index;
  let last = count - 1;
  for (const sibling of path) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      node = parent(sibling, node);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      node = parent(node, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equalBytes(node, root);
}

function subtreeRoot(leaves: readonly Uint8Array[], start: number, end: number): Uint8Array {
  if (end - start === 1) return leaves[start]!;
  const middle = start + leftSize(end - start);
  return parent(subtreeRoot(leaves, start, middle), subtreeRoot(leaves, middle, end));
}

/** Largest power of two smaller than `count`. */
function leftSize(count: number): number {
  // Not Math.log2: the language lets every engine round it as it likes, and a root must not depend on that.
  return 2 ** (31 - Math.clz32(count - 1));
}

function parent(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return sha256(bytes);
}
