import { equalBytes } from '../crypto/bytes.js';
import { blockSize, type Block } from '../consensus/block.js';
import { HeaderWindow, MEDIAN_TIME_BLOCKS } from '../consensus/headers.js';
import { workOf } from '../consensus/pow.js';
import type { ChainReader, StoredHeader } from './chainStore.js';

/** Way from the best chain to another branch. */
export interface BranchPath {
  /** Last block that both have. */
  readonly forkPoint: StoredHeader;
  /** Blocks of the best chain above the fork point, tip first. */
  readonly disconnect: readonly StoredHeader[];
  /** Blocks of the branch above the fork point, oldest first. */
  readonly connect: readonly StoredHeader[];
}

/** The block's header as it is stored on this parent if it breaks no rule. */
export function headerToStore({ header, transactions }: Block, parent: StoredHeader): StoredHeader {
  return { ...header, work: parent.work + workOf(header.target), size: blockSize(transactions), invalid: false };
}

/** True if the block is part of the best chain. */
export function isOnBestChain(reader: ChainReader, header: StoredHeader): boolean {
  const best = reader.headerAt(header.height);
  return best !== undefined && equalBytes(best.hash, header.hash);
}

/** The stored ancestors of `tip` that are not on the best chain, oldest first, and the block they fork from. */
export function sideBranch(reader: ChainReader, tip: StoredHeader): Omit<BranchPath, 'disconnect'> {
  const connect: StoredHeader[] = [];
  let header = tip;
  while (!isOnBestChain(reader, header)) {
    connect.push(header);
    header = parentOf(reader, header);
  }
  return { forkPoint: header, connect: connect.reverse() };
}

/** The last block of the best chain that is `block` or an ancestor of it; undefined if its branch was deleted. */
export function forkPoint(reader: ChainReader, block: StoredHeader): StoredHeader | undefined {
  let header: StoredHeader | undefined = block;
  while (header && !isOnBestChain(reader, header)) header = reader.header(header.previousHash);
  return header;
}

/** Path from the best chain to `tip`, a stored block or one whose parent is stored. */
export function pathTo(reader: ChainReader, tip: StoredHeader): BranchPath {
  const { forkPoint, connect } = sideBranch(reader, tip);
  const disconnect: StoredHeader[] = [];
  for (let height = reader.tip().height; height > forkPoint.height; height--) {
    disconnect.push(required(reader.headerAt(height), `best-chain block ${height}`));
  }
  return { forkPoint, disconnect, connect };
}

/** What the rules of a header need to know of its stored parent. */
export function headerWindow(reader: Pick<ChainReader, 'header'>, parent: StoredHeader): HeaderWindow<StoredHeader> {
  const headers = [parent];
  for (let header = parent; headers.length < MEDIAN_TIME_BLOCKS && header.height > 0;) {
    header = parentOf(reader, header);
    headers.push(header);
  }
  return new HeaderWindow(headers.reverse());
}

/** Hashes that let a peer find the fork point: the last ten blocks, then ever larger steps, genesis last. At most MAX_LOCATOR_HASHES. */
export function locator(reader: ChainReader): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  let step = 1;
  for (let height = reader.tip().height; height > 0; height -= step) {
    hashes.push(required(reader.headerAt(height), `best-chain block ${height}`).hash);
    if (hashes.length >= 10) step *= 2;
  }
  hashes.push(required(reader.headerAt(0), 'genesis').hash);
  return hashes;
}

/** Headers of the best chain after the first hash of the locator that is on it, or after genesis; at most `first`. */
export function headersAfter(reader: ChainReader, locator: readonly Uint8Array[], first: number): StoredHeader[] {
  const known = locator.map((hash) => reader.header(hash)).find((header) => header && isOnBestChain(reader, header));
  return first === 0 ? [] : reader.headersFrom((known?.height ?? 0) + 1, first);
}

function parentOf(reader: Pick<ChainReader, 'header'>, header: StoredHeader): StoredHeader {
  return required(reader.header(header.previousHash), `the parent of block ${header.height}`);
}

function required<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`the store does not hold ${what}`);
  return value;
}

/** Blocks in a row that are taken back, or connected, in one commit. */
export type Piece = Pick<BranchPath, 'disconnect' | 'connect'>;

/** The path in pieces of at most so many transactions, or one block that has more. */
export function* piecesOf({ disconnect, connect }: BranchPath, maxTransactions: number): Generator<Piece> {
  for (const run of runsOf(disconnect, maxTransactions)) yield { disconnect: run, connect: [] };
  for (const run of runsOf(connect, maxTransactions)) yield { disconnect: [], connect: run };
}

function* runsOf(headers: readonly StoredHeader[], maxTransactions: number): Generator<readonly StoredHeader[]> {
  let run: StoredHeader[] = [];
  for (const header of headers) {
    if (run.length > 0 && sizeOf([...run, header]) > maxTransactions) {
      yield run;
      run = [];
    }
    run.push(header);
  }
  if (run.length > 0) yield run;
}

/** Transactions of the blocks, and what each costs besides as if it had so many. */
export function sizeOf(headers: readonly StoredHeader[]): number {
  return headers.reduce((sum, { transactionCount }) => sum + transactionCount + BLOCK_TRANSACTIONS, 0);
}

const BLOCK_TRANSACTIONS = 4;
