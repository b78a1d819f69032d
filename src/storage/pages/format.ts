import { endianness } from 'node:os';

export const LITTLE_ENDIAN = endianness() === 'LE';
export const PAGE_HEADER_BYTES = 24;
export const OVERFLOW = 0x04;
export const TREE_RECORD_BYTES = 48;
const BRANCH = 0x01;
const LEAF = 0x02;
const BIG_DATA = 0x01;
const SUB_TREE = 0x02;
const NODE_HEADER_BYTES = 8;
const OVERFLOW_RECORD_BYTES = 24;
const NO_PAGE = 2n ** 64n - 1n;
/** As many as in a file of 16 TiB: no loop counts up to a damaged number. */
const MAX_RUN_PAGES = 2 ** 32;

/** The file is not what LMDB writes: what was expected and what is there. */
export interface PageFault {
  readonly expected: string;
  readonly got: string;
}

/** MDB_db: what the file says of one of its trees. */
export interface TreeRecord {
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** Undefined for an empty tree. */
  readonly root: number | undefined;
}

/** MDB_node of a leaf. */
export interface LeafNode {
  readonly key: Uint8Array;
  /** Bytes of the value. */
  readonly size: number;
  /** Undefined for a value on pages of its own. */
  readonly value: Uint8Array | undefined;
  /** First of these pages, and how many. */
  readonly overflow: { readonly page: number; readonly pages: number; readonly transactionId: bigint } | undefined;
  readonly isTree: boolean;
}

/** MDB_node of a branch: keys of the child are not below `key`. */
export interface BranchNode {
  readonly key: Uint8Array;
  readonly child: number;
}

/** MDB_page of LMDB's data format 2 with 64-bit page numbers, in the byte order of the machine that wrote it. */
export type TreePage =
  | { readonly kind: 'branch'; readonly nodes: readonly BranchNode[] }
  | { readonly kind: 'leaf'; readonly nodes: readonly LeafNode[] };

/** Header of a page. */
export function pageHeader(page: DataView) {
  return {
    number: Number(page.getBigUint64(0, LITTLE_ENDIAN)),
    transactionId: page.getBigUint64(8, LITTLE_ENDIAN),
    flags: page.getUint16(18, LITTLE_ENDIAN),
    /** Of a run of overflow pages. */
    pages: page.getUint32(20, LITTLE_ENDIAN),
  };
}

/** The nodes of a branch or leaf page; a fault if they are not laid out as LMDB does: without gap or overlap, up to the end. */
export function readTreePage(page: DataView): TreePage | PageFault {
  const { flags } = pageHeader(page);
  if (flags !== BRANCH && flags !== LEAF)
    return { expected: 'a branch or a leaf', got: `flags 0x${flags.toString(16)}` };
  const room = page.byteLength - PAGE_HEADER_BYTES;
  const lower = page.getUint16(20, LITTLE_ENDIAN);
  const upper = page.getUint16(22, LITTLE_ENDIAN);
  if (lower === 0 || lower % 2 !== 0 || lower > upper || upper > room) {
    return { expected: 'bounds of nodes', got: `${lower} and ${upper}` };
  }
  const branches: BranchNode[] = [];
  const leaves: LeafNode[] = [];
  let used = 0;
  for (let slot = 0; slot < lower; slot += 2) {
    const offset = page.getUint16(PAGE_HEADER_BYTES + slot, LITTLE_ENDIAN);
    if (offset < upper || offset + NODE_HEADER_BYTES > room) {
      return { expected: `a node from ${upper} to ${room}`, got: `${offset}` };
    }
    const start = PAGE_HEADER_BYTES + offset;
    const node = flags === BRANCH ? readBranch(page, start) : readLeaf(page, start);
    if ('expected' in node) return node;
    used += node.bytes + (node.bytes % 2);
    if ('child' in node) branches.push(node);
    else leaves.push(node);
  }
  if (used !== room - upper) return { expected: `${room - upper} bytes of nodes`, got: `${used}` };
  return flags === BRANCH ? { kind: 'branch', nodes: branches } : { kind: 'leaf', nodes: leaves };
}

function readBranch(page: DataView, start: number): (BranchNode & { readonly bytes: number }) | PageFault {
  const keyBytes = page.getUint16(start + 6, LITTLE_ENDIAN);
  const bytes = NODE_HEADER_BYTES + keyBytes;
  if (start + bytes > page.byteLength) return { expected: 'a key inside its page', got: `${keyBytes} bytes` };
  const child = page.getUint32(start, LITTLE_ENDIAN) + page.getUint16(start + 4, LITTLE_ENDIAN) * 2 ** 32;
  return { key: bytesOf(page, start + NODE_HEADER_BYTES, keyBytes), child, bytes };
}

function readLeaf(page: DataView, start: number): (LeafNode & { readonly bytes: number }) | PageFault {
  const size = page.getUint32(start, LITTLE_ENDIAN);
  const flags = page.getUint16(start + 4, LITTLE_ENDIAN);
  if (flags !== 0 && flags !== BIG_DATA && flags !== SUB_TREE) {
    return { expected: 'a value, one on pages of its own or a tree', got: `flags 0x${flags.toString(16)}` };
  }
  const keyBytes = page.getUint16(start + 6, LITTLE_ENDIAN);
  const stored = flags === BIG_DATA ? OVERFLOW_RECORD_BYTES : size;
  const bytes = NODE_HEADER_BYTES + keyBytes + stored;
  if (start + bytes > page.byteLength) return { expected: 'a node inside its page', got: `${bytes} bytes` };
  const data = start + NODE_HEADER_BYTES + keyBytes;
  const node = { key: bytesOf(page, start + NODE_HEADER_BYTES, keyBytes), size, isTree: flags === SUB_TREE, bytes };
  if (flags !== BIG_DATA) return { ...node, value: bytesOf(page, data, size), overflow: undefined };
  const overflow = {
    page: Number(page.getBigUint64(data, LITTLE_ENDIAN)),
    transactionId: page.getBigUint64(data + 8, LITTLE_ENDIAN),
    pages: Number(page.getBigUint64(data + 16, LITTLE_ENDIAN)),
  };
  return { ...node, value: undefined, overflow };
}

/** MDB_db at `offset`. */
export function readTreeRecord(view: DataView, offset: number): TreeRecord {
  const number = (at: number) => Number(view.getBigUint64(offset + at, LITTLE_ENDIAN));
  const root = view.getBigUint64(offset + 40, LITTLE_ENDIAN);
  return {
    flags: view.getUint16(offset + 4, LITTLE_ENDIAN),
    depth: view.getUint16(offset + 6, LITTLE_ENDIAN),
    branchPages: number(8),
    leafPages: number(16),
    overflowPages: number(24),
    entries: number(32),
    root: root === NO_PAGE ? undefined : Number(root),
  };
}

/** Pages that a record of the list of free pages names: a count, then page numbers, 0 for none, -n before the first of n. */
export function readFreePages(value: DataView): number[] | PageFault {
  const count = value.byteLength < 8 ? -1 : Number(value.getBigUint64(0, LITTLE_ENDIAN));
  if (count < 0 || 8 * (count + 1) > value.byteLength) {
    return { expected: 'a list of free pages', got: `${count} in ${value.byteLength} bytes` };
  }
  const pages: number[] = [];
  for (let index = 1, run = 1; index <= count; index++) {
    const entry = Number(value.getBigInt64(8 * index, LITTLE_ENDIAN));
    if (entry < -MAX_RUN_PAGES) return { expected: 'a run of free pages', got: `${-entry} of them` };
    if (entry > 0) for (let page = entry; page < entry + run; page++) pages.push(page);
    run = entry < 0 ? -entry : 1;
  }
  return pages;
}

function bytesOf(page: DataView, offset: number, length: number): Uint8Array {
  return new Uint8Array(page.buffer, page.byteOffset + offset, length);
}
