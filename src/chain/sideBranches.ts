import { toHex } from '../crypto/bytes.js';
import { isOnBestChain, sideBranch } from './branches.js';
import type { Rejection } from '../consensus/rejection.js';
import { workOf } from '../consensus/pow.js';
import type { ChainReader, StoredHeader } from './chainStore.js';

/** Side tips that are kept. */
export const MAX_SIDE_TIPS = 64;
/** Bytes of side blocks that are kept, as the block size rule counts them. */
export const MAX_SIDE_BYTES = 64 * 1024 * 1024;
/** Side blocks that are kept. */
export const MAX_SIDE_BLOCKS = 4_096;

/** A stored block that is not on the best chain. */
export interface SideBlock {
  readonly header: StoredHeader;
  /** Height of the last block of the best chain that it descends from. */
  readonly forkHeight: number;
}

/** The side blocks in memory, so that fork points, lengths and bounds cost no walk. They are read once, from headers only, and follow every commit. */
export class SideBranches {
  readonly #blocks = new Map<string, SideBlock>();
  /** Hashes of the side blocks on each block that has some. */
  readonly #children = new Map<string, Set<string>>();
  #bytes = 0;

  constructor(reader?: ChainReader) {
    for (const hash of reader?.sideTips() ?? []) this.#readBranch(reader!, hash);
  }

  get count(): number {
    return this.#blocks.size;
  }

  /** Bytes of all side blocks. */
  get bytes(): number {
    return this.#bytes;
  }

  block(hash: Uint8Array): SideBlock | undefined {
    return this.#blocks.get(toHex(hash));
  }

  /** Side blocks whose parent is this block, which may be of the best chain. */
  childCount(parent: Uint8Array): number {
    return this.#children.get(toHex(parent))?.size ?? 0;
  }

  /** The side block and those that descend from it; empty if the hash is of no side block. */
  descendantsOf(ancestor: Uint8Array): Uint8Array[] {
    const found: Uint8Array[] = [];
    const waiting = [toHex(ancestor)];
    for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
      const block = this.#blocks.get(hash);
      if (!block) continue;
      found.push(block.header.hash);
      waiting.push(...(this.#children.get(hash) ?? []));
    }
    return found;
  }

  /** The side block and those ancestors that have no other child, down to `kept` or the best chain, once the blocks in `gone` are gone. */
  exclusiveTo(tip: Uint8Array, gone: ReadonlySet<string>, kept: string): StoredHeader[] {
    const exclusive: StoredHeader[] = [];
    let child: string | undefined;
    let hash = toHex(tip);
    for (let block = this.#blocks.get(hash); block && hash !== kept; block = this.#blocks.get(hash)) {
      for (const other of this.#children.get(hash) ?? []) if (other !== child && !gone.has(other)) return exclusive;
      exclusive.push(block.header);
      child = hash;
      hash = toHex(block.header.previousHash);
    }
    return exclusive;
  }

  /** Follows a commit that stored a block whose parent is on the best chain or a side block. */
  add(header: StoredHeader): void {
    const hash = toHex(header.hash);
    if (this.#blocks.has(hash)) return;
    const parent = toHex(header.previousHash);
    this.#blocks.set(hash, { header, forkHeight: this.#blocks.get(parent)?.forkHeight ?? header.height - 1 });
    const siblings = this.#children.get(parent);
    if (siblings) siblings.add(hash);
    else this.#children.set(parent, new Set([hash]));
    this.#bytes += header.size;
  }

  /** Follows a commit that deleted a side block. */
  remove(hash: Uint8Array): void {
    const block = this.block(hash);
    if (!block) return;
    const parent = toHex(block.header.previousHash);
    const siblings = this.#children.get(parent)!;
    siblings.delete(toHex(hash));
    if (siblings.size === 0) this.#children.delete(parent);
    this.#blocks.delete(toHex(hash));
    this.#bytes -= block.header.size;
  }

  /** Follows a commit that made these blocks invalid. */
  invalidate(hashes: readonly Uint8Array[]): void {
    for (const hash of hashes) {
      const block = this.block(hash);
      if (block) this.#blocks.set(toHex(hash), { ...block, header: { ...block.header, invalid: true } });
    }
  }

  /** True if a branch that breaks no rule goes on from this block beside the best chain. */
  hasValidChild(parent: Uint8Array): boolean {
    return [...(this.#children.get(toHex(parent)) ?? [])].some((hash) => !this.#blocks.get(hash)!.header.invalid);
  }

  /** Those after a change of branch; these stay as they were. `joined` are side blocks now, `left` are no longer. */
  moved(joined: readonly StoredHeader[], left: readonly StoredHeader[]): SideBranches {
    const headers = new Map([...this.#blocks].map(([hash, { header }]) => [hash, header]));
    for (const { hash } of left) headers.delete(toHex(hash));
    for (const header of joined) headers.set(toHex(header.hash), header);
    const moved = new SideBranches();
    for (const header of [...headers.values()].sort((a, b) => a.height - b.height)) moved.add(header);
    return moved;
  }

  #readBranch(reader: ChainReader, tip: Uint8Array): void {
    const branch: StoredHeader[] = [];
    for (let hash = tip; !this.block(hash);) {
      const header = reader.header(hash);
      if (!header) throw new Error(`the store does not hold side block ${toHex(hash)}`);
      if (isOnBestChain(reader, header)) break;
      branch.push(header);
      hash = header.previousHash;
    }
    for (const header of branch.reverse()) this.add(header);
  }
}

const ofReader = new WeakMap<ChainReader, SideBranches>();

/** The side branches of a reader: read at the first call, then kept as long as it. */
export function sideBranchesOf(reader: ChainReader): SideBranches {
  let branches = ofReader.get(reader);
  if (!branches) ofReader.set(reader, (branches = new SideBranches(reader)));
  return branches;
}

/** What a commit did to the blocks that are not on the best chain. */
export interface SideChange {
  /** Stored aside. */
  readonly added?: StoredHeader;
  readonly forgotten?: readonly Uint8Array[];
  readonly invalidated?: readonly Uint8Array[];
  /** Blocks that left the best chain, and stored ones that are on it now. */
  readonly joined?: readonly StoredHeader[];
  readonly left?: readonly StoredHeader[];
}

/** Hands the side branches of `before` on to the reader after a commit. */
export function handOn(before: ChainReader, after: ChainReader, change: SideChange): void {
  const { added, forgotten = [], invalidated = [], joined = [], left = [] } = change;
  let branches = ofReader.get(before);
  if (!branches) return;
  if (joined.length + left.length > 0) branches = branches.moved(joined, left);
  if (added) branches.add(added);
  branches.invalidate(invalidated);
  for (const hash of forgotten) branches.remove(hash);
  ofReader.set(after, branches);
}

/** Height of the block of the best chain that a side tip forks from. */
export function forkHeight(reader: ChainReader, tip: StoredHeader): number {
  // One that a later commit deleted is in this reader alone.
  return sideBranchesOf(reader).block(tip.hash)?.forkHeight ?? sideBranch(reader, tip).forkPoint.height;
}

/** The side tips after a change, and the blocks to be deleted so that the bounds hold. */
export interface SideTipsChange {
  readonly sideTips: readonly Uint8Array[];
  readonly forget: readonly Uint8Array[];
}

/** A change that may need room among the side branches. */
export interface SideTipsRequest {
  /** Becomes a side tip: it is stored, or was the tip of the best chain. */
  readonly added: StoredHeader | undefined;
  /** What the change stands on: it is no tip afterwards, and neither it nor its ancestors are evicted. */
  readonly parent: Uint8Array;
  /** Blocks that are side blocks afterwards, and those that no longer are. */
  readonly joining: readonly StoredHeader[];
  readonly leaving: readonly StoredHeader[];
  /** Tips, in hexadecimal digits, that are not evicted. */
  readonly pinned: readonly string[];
}

/** Side tips once the change is made. Above a bound the lightest go, invalid ones first, with the blocks that only they have. */
export function changeSideTips(reader: ChainReader, request: SideTipsRequest): SideTipsChange {
  const { added } = request;
  const parent = toHex(request.parent);
  const branches = sideBranchesOf(reader);
  const sideTips = new Map(reader.sideTips().map((hash) => [toHex(hash), hash]));
  sideTips.delete(parent);
  const candidates = [...sideTips].filter(([hash]) => !request.pinned.includes(hash));
  if (added) sideTips.set(toHex(added.hash), added.hash);
  let blocks = branches.count + request.joining.length - request.leaving.length;
  let bytes = branches.bytes + bytesOf(request.joining) - bytesOf(request.leaving);
  const isWithinBounds = () => sideTips.size <= MAX_SIDE_TIPS && bytes <= MAX_SIDE_BYTES && blocks <= MAX_SIDE_BLOCKS;
  if (isWithinBounds()) return { sideTips: [...sideTips.values()], forget: [] };

  const gone = new Set<string>();
  const forget: Uint8Array[] = [];
  for (const { hash } of candidates.flatMap(([, tip]) => branches.block(tip)?.header ?? []).sort(lighterFirst)) {
    if (isWithinBounds()) break;
    sideTips.delete(toHex(hash));
    for (const header of branches.exclusiveTo(hash, gone, parent)) {
      gone.add(toHex(header.hash));
      forget.push(header.hash);
      blocks--;
      bytes -= header.size;
    }
  }
  return { sideTips: [...sideTips.values()], forget };
}

function bytesOf(blocks: readonly StoredHeader[]): number {
  return blocks.reduce((sum, { size }) => sum + size, 0);
}

/** Branches that stay pinned: the one that a sync fetches now, and the one before. */
const MAX_PINNED = 2;

/** The pinned tips, latest last, once `tip` was fetched: it takes its parent's place, or that of the one pinned longest ago. */
export function withPinned(pinned: readonly string[], { hash, previousHash }: StoredHeader): readonly string[] {
  const others = pinned.filter((each) => each !== toHex(previousHash) && each !== toHex(hash));
  return [...others, toHex(hash)].slice(-MAX_PINNED);
}

function lighterFirst(a: StoredHeader, b: StoredHeader): number {
  if (a.invalid !== b.invalid) return a.invalid ? -1 : 1;
  return a.work < b.work ? -1 : a.work > b.work ? 1 : 0;
}

/** A block that is on no best chain is kept, unasked, no further below the tip than this, in blocks and in their work. */
export const MAX_SIDE_DEPTH = 100;
/** Side blocks on one block that are kept unasked. */
export const MAX_SIDE_CHILDREN = 4;

/**
 * Why a block that nobody asked for, and that would lie on a side branch, is not kept: its branch is too far behind to win, or its
 * parent has enough of them. Undefined if there is no reason. It says nothing about the block: a branch that becomes heavier is fetched.
 */
export function sideBlockRefusal(
  reader: ChainReader,
  block: Pick<StoredHeader, 'work' | 'height' | 'previousHash'>,
): Rejection | undefined {
  const tip = reader.tip();
  if (block.work > tip.work) return undefined;
  const least = tip.work - workOf(tip.target) * BigInt(MAX_SIDE_DEPTH);
  const lowest = tip.height - MAX_SIDE_DEPTH + 1;
  if (block.work < least || block.height < lowest)
    return {
      code: 'LOW_WORK',
      least: least > 0n ? least : 0n,
      lowest: Math.max(lowest, 0),
      work: block.work,
      height: block.height,
    };
  const siblings = sideBranchesOf(reader).childCount(block.previousHash);
  if (siblings >= MAX_SIDE_CHILDREN)
    return { code: 'TOO_MANY_SIBLINGS', maximum: MAX_SIDE_CHILDREN, parent: toHex(block.previousHash) };
  return undefined;
}
