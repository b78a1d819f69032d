import { readSync } from 'node:fs';
import { compareBytes } from '../../crypto/bytes.js';
import { checksumFault, FORMAT_VERSION } from '../keys.js';
import {
  LITTLE_ENDIAN,
  OVERFLOW,
  PAGE_HEADER_BYTES,
  pageHeader,
  readFreePages,
  readTreePage,
  readTreeRecord,
  TREE_RECORD_BYTES,
  type LeafNode,
  type PageFault,
  type TreePage,
  type TreeRecord,
} from './format.js';

/** A file that ends before this page is looked at whole: some 10 ms of work. */
const SMALL_FILE_PAGES = 256;
/** Pages of a quick check of any other: less than a millisecond, which does not grow with the file. */
const UPPER_PAGES = 16;
const TABLE_LIST = 'the list of tables';
const FREE_LIST = 'list of free pages';
/** MDB_INTEGERKEY of the tree and MDB_NOSUBDIR of the file. */
const FREE_FLAGS = 0x4008;

/** An LMDB file as its newest meta page describes it. */
export interface PageFile {
  /** Descriptor. */
  readonly file: number;
  readonly pageBytes: number;
  readonly lastPage: number;
  readonly transactionId: bigint;
  readonly freeTree: TreeRecord;
  readonly mainTree: TreeRecord;
}

/**
 * Checks the pages of an LMDB file from the roots, in the way in which LMDB follows them. LMDB believes what a page says: a damaged page
 * can end the process, overwrite others, or silently leave out a part of a table. Every page must be in its place and used once, keys in
 * order, values under their checksum, and counts right. Returns the first fault, or undefined.
 */
export function pageFault(pages: PageFile, tables: ReadonlySet<string>, extent: CheckExtent): string | undefined {
  const isWhole = checksAll(extent, pages.lastPage);
  const fault = new PageWalk(pages, tables, isWhole ? Infinity : extent === 'quick' ? UPPER_PAGES : 0).run();
  return fault && `${fault.place}: expected ${fault.expected}, got ${fault.got}`;
}

/** 'quick': every page of a small file, and of any other the pages next to the roots. 'whole': every page. 'none': the meta pages alone. */
export type CheckExtent = 'quick' | 'whole' | 'none';

/** True if a check to this extent covers every page of a file that ends with `lastPage`. */
export function checksAll(extent: CheckExtent, lastPage: number): boolean {
  return extent === 'whole' || (extent === 'quick' && lastPage < SMALL_FILE_PAGES);
}

/** A fault, and what of the file has it. */
interface PlacedFault extends PageFault {
  readonly place: string;
}

/** A tree is the list of tables, one of these tables, or the list of free pages. */
type TreeKind = 'tables' | 'table' | 'free';

/** One of the file's trees, and what was found of it. */
interface Tree {
  readonly kind: TreeKind;
  readonly name: string;
  readonly record: TreeRecord;
  readonly found: { branchPages: number; leafPages: number; overflowPages: number; entries: number };
}

/** A page to look at, and the range of its keys: from `low` up to but not including `high`. */
interface Visit {
  readonly tree: Tree;
  readonly page: number;
  readonly depth: number;
  readonly low: Uint8Array | undefined;
  readonly high: Uint8Array | undefined;
}

class PageWalk {
  readonly #pages: PageFile;
  readonly #tables: ReadonlySet<string>;
  readonly #maxPages: number;
  /** 1 for a page that is used or free. */
  readonly #seen: Uint8Array;
  readonly #trees: Tree[] = [];
  readonly #visits: Visit[] = [];
  readonly #free: number[] = [];
  readonly #page: DataView;

  constructor(pages: PageFile, tables: ReadonlySet<string>, maxPages: number) {
    this.#pages = pages;
    this.#tables = tables;
    this.#maxPages = maxPages;
    this.#seen = new Uint8Array(pages.lastPage + 1);
    this.#seen.fill(1, 0, 2);
    this.#page = new DataView(new ArrayBuffer(pages.pageBytes));
  }

  run(): PlacedFault | undefined {
    const { freeTree, mainTree } = this.#pages;
    const fault = this.#plant('free', FREE_LIST, freeTree) ?? this.#plant('tables', TABLE_LIST, mainTree);
    if (fault) return fault;
    for (let visited = 0; this.#visits.length > 0; visited++) {
      if (visited >= this.#maxPages) return undefined;
      // Depth first needs little memory; breadth first begins with what most depends on.
      const visit = this.#maxPages === Infinity ? this.#visits.pop()! : this.#visits.shift()!;
      const found = this.#visit(visit);
      if (found) return { place: `page ${visit.page} of ${visit.tree.name}`, ...found };
    }
    return this.#wrongCount() ?? this.#wronglyFree();
  }

  /** Adds a tree, and its root to the pages to visit. */
  #plant(kind: TreeKind, name: string, record: TreeRecord): PlacedFault | undefined {
    const flags = kind === 'free' ? FREE_FLAGS : 0;
    if (record.flags !== flags) return { place: name, expected: `flags ${flags}`, got: `${record.flags}` };
    const found = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    const tree = { kind, name, record, found };
    this.#trees.push(tree);
    if (record.root === undefined) {
      return record.depth === 0 ? undefined : { place: name, expected: 'a root', got: 'none' };
    }
    this.#visits.push({ tree, page: record.root, depth: 1, low: undefined, high: undefined });
    return undefined;
  }

  /** A fault without a place is on the visited page. */
  #visit(visit: Visit): PageFault | PlacedFault | undefined {
    const { tree, depth } = visit;
    const unusable = this.#take(visit.page, 1) ?? this.#read(this.#page, visit.page);
    if (unusable) return unusable;
    const page = readTreePage(this.#page);
    if ('expected' in page) return page;
    const isLeaf = page.kind === 'leaf';
    if (isLeaf !== (depth === tree.record.depth)) {
      return { expected: `a tree of depth ${tree.record.depth}`, got: `a ${page.kind} at depth ${depth}` };
    }
    tree.found[isLeaf ? 'leafPages' : 'branchPages']++;
    const disorder = keysOutOfOrder(page, visit);
    if (disorder) return disorder;
    if (page.kind === 'leaf') return this.#visitLeaf(tree, page.nodes);
    const keys = page.nodes.map(({ key }) => key.slice());
    for (const [index, { child }] of page.nodes.entries()) {
      // More will not be visited.
      if (this.#visits.length >= this.#maxPages) break;
      const low = index === 0 ? visit.low : keys[index];
      const high = keys[index + 1] ?? visit.high;
      this.#visits.push({ tree, page: child, depth: depth + 1, low, high });
    }
    return undefined;
  }

  #visitLeaf(tree: Tree, nodes: readonly LeafNode[]): PageFault | PlacedFault | undefined {
    for (const node of nodes) {
      tree.found.entries++;
      if (node.isTree !== (tree.kind === 'tables')) {
        return { expected: `only tables in ${TABLE_LIST}, and all of them there`, got: `an entry of ${tree.name}` };
      }
      const value = this.#value(tree, node);
      if ('expected' in value) return value;
      const fault = this.#entryFault(tree, node.key, value);
      if (fault) return fault;
    }
    return undefined;
  }

  #entryFault({ kind }: Tree, key: Uint8Array, value: Uint8Array): PageFault | PlacedFault | undefined {
    if (kind === 'table') return checksumFault(key, value);
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    if (kind === 'tables') {
      const name = new TextDecoder('latin1').decode(key).replace(/\0$/, '');
      if (!this.#tables.has(name))
        return { expected: `a table of format ${FORMAT_VERSION}`, got: JSON.stringify(name) };
      if (value.length !== TREE_RECORD_BYTES) return { expected: 'the record of a tree', got: `${value.length} bytes` };
      return this.#plant('table', name, readTreeRecord(view, 0));
    }
    const pages = readFreePages(view);
    if ('expected' in pages) return pages;
    for (const page of pages) this.#free.push(page);
    return undefined;
  }

  /** The value where it lies in the page, or a copy of what lies on pages of its own. */
  #value(tree: Tree, { value, overflow, size }: LeafNode): Uint8Array | PageFault {
    if (value) return value;
    const { page, pages, transactionId } = overflow!;
    const needed = Math.floor((PAGE_HEADER_BYTES - 1 + size) / this.#pages.pageBytes) + 1;
    if (pages !== needed) return { expected: `${needed} overflow pages`, got: `${pages}` };
    if (transactionId > this.#pages.transactionId) return this.#fromFuture(transactionId);
    const taken = this.#take(page, pages);
    if (taken) return taken;
    const view = new DataView(new ArrayBuffer(pages * this.#pages.pageBytes));
    const unreadable = this.#read(view, page);
    if (unreadable) return unreadable;
    const header = pageHeader(view);
    if (header.flags !== OVERFLOW || header.pages !== pages) {
      return { expected: `${pages} overflow pages at ${page}`, got: `${header.pages}, flags ${header.flags}` };
    }
    tree.found.overflowPages += pages;
    return new Uint8Array(view.buffer, PAGE_HEADER_BYTES, size);
  }

  /** Marks pages; a fault if they are not of the file or were seen before. */
  #take(first: number, count: number): PageFault | undefined {
    const { lastPage } = this.#pages;
    if (first < 2 || first + count - 1 > lastPage) return { expected: `a page from 2 to ${lastPage}`, got: `${first}` };
    for (let page = first; page < first + count; page++) {
      if (this.#seen[page] === 1) return { expected: 'each page used once', got: `page ${page} again` };
      this.#seen[page] = 1;
    }
    return undefined;
  }

  #read(into: DataView, page: number): PageFault | undefined {
    const { file, pageBytes, transactionId } = this.#pages;
    const count = readSync(file, into, 0, into.byteLength, page * pageBytes);
    if (count < into.byteLength) return { expected: `${into.byteLength} bytes`, got: `${count}` };
    const header = pageHeader(into);
    if (header.number !== page) return { expected: `page number ${page}`, got: `${header.number}` };
    return header.transactionId > transactionId ? this.#fromFuture(header.transactionId) : undefined;
  }

  #fromFuture(got: bigint): PageFault {
    return { expected: `a page of transaction ${this.#pages.transactionId} or before`, got: `${got}` };
  }

  #wrongCount(): PlacedFault | undefined {
    for (const { name: place, record, found } of this.#trees) {
      for (const count of ['branchPages', 'leafPages', 'overflowPages', 'entries'] as const) {
        if (found[count] !== record[count]) {
          return { place, expected: `${record[count]} ${count}`, got: `${found[count]}` };
        }
      }
    }
    return undefined;
  }

  /** A free page that is missing from the list only costs its space; a used page in the list would be overwritten. */
  #wronglyFree(): PlacedFault | undefined {
    for (const page of this.#free) {
      const fault = this.#take(page, 1);
      if (fault) return { place: FREE_LIST, ...fault };
    }
    return undefined;
  }
}

function keysOutOfOrder(page: TreePage, { tree, low, high }: Visit): PageFault | undefined {
  const compareKeys = tree.kind === 'free' ? compareNumbers : compareBytes;
  // The first key of a branch stands for the lowest of all, and is empty.
  const keys = (page.kind === 'branch' ? page.nodes.slice(1) : page.nodes).map(({ key }) => key);
  for (const [index, key] of keys.entries()) {
    const before = index === 0 ? low : keys[index - 1];
    const order = before ? compareKeys(before, key) : -1;
    // The first key of a child is its parent's key for it, or above.
    if (order > 0 || (order === 0 && index > 0)) return { expected: 'ascending keys', got: `disorder at ${index}` };
  }
  const last = keys.at(-1);
  if (last && high && compareKeys(last, high) >= 0) return { expected: 'keys below the next page', got: 'one above' };
  return undefined;
}

/** Keys of the list of free pages: transaction ids, as numbers of the machine. */
function compareNumbers(a: Uint8Array, b: Uint8Array): number {
  const [left, right] = [a, b].map((key) => (key.length === 8 ? wordOf(key) : -1n));
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}

function wordOf(key: Uint8Array): bigint {
  return new DataView(key.buffer, key.byteOffset, 8).getBigUint64(0, LITTLE_ENDIAN);
}
