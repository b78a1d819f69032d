import type { ChainCommit, ChainReader, ChainStore, StoredHeader } from '../../src/chain/chainStore.js';
import { forkPoint, pathTo } from '../../src/chain/branches.js';
import { connectingBranch } from '../../src/chain/connectBranch.js';
import { blockSize, type Block } from '../../src/consensus/block.js';
import type { Network } from '../../src/consensus/network.js';
import { workOf } from '../../src/consensus/pow.js';
import { equalBytes, toHex } from '../../src/crypto/bytes.js';
import { atOnce } from '../../src/util/turns.js';

/** Result of `read` at the store's last commit. */
export function readStore<Result>(store: ChainStore, read: (reader: ChainReader) => Result): Result {
  const snapshot = store.snapshot();
  try {
    return read(snapshot);
  } finally {
    snapshot.release();
  }
}

/** An empty commit with the fields of `change`. */
export function commitOf(reader: ChainReader, change: Partial<ChainCommit>): ChainCommit {
  return {
    insert: [],
    disconnect: [],
    connect: [],
    accounts: [],
    invalidate: [],
    forget: [],
    sideTips: reader.sideTips(),
    ...change,
  };
}

/** Stores blocks, oldest first, off the best chain; the last one becomes a side tip. */
export async function storeAside(store: ChainStore, ...blocks: readonly Block[]): Promise<void> {
  for (const block of blocks) {
    const change = readStore(store, (reader) =>
      commitOf(reader, {
        insert: [insertionOf(reader, block)],
        sideTips: [...withoutTip(reader, block.header.previousHash), block.header.hash],
      }),
    );
    await store.commit(change);
  }
}

/** Stores a block and makes it the tip: on the tip by connecting it, elsewhere by a reorganization, whatever its work. */
export async function makeTip(store: ChainStore, network: Network, block: Block): Promise<void> {
  const change = readStore(store, (reader) => tipCommit(reader, network, block));
  await store.commit(change);
}

/** The commit that makeTip does. */
export function tipCommit(reader: ChainReader, network: Network, block: Block): ChainCommit {
  const insertion = insertionOf(reader, block);
  const stored: StoredHeader = { ...block.header, work: insertion.work, size: insertion.size, invalid: false };
  const path = pathTo(reader, stored);
  const branch = atOnce(connectingBranch(reader, path, [block], network));
  if (branch.broken) throw new Error(`expected a valid branch, got ${branch.broken.rejection.code}`);
  const sideTips = withoutTip(reader, block.header.previousHash);
  if (path.disconnect.length > 0 && isLeaf(reader, reader.tip())) sideTips.push(reader.tip().hash);
  return commitOf(reader, {
    insert: [insertion],
    disconnect: path.disconnect.map(({ hash }) => hash),
    connect: branch.connected.map(({ block: { header }, undo }) => ({ hash: header.hash, undo })),
    accounts: branch.accounts,
    sideTips,
  });
}

/** Deletes the one block of a side branch. */
export async function forgetSideBlock(store: ChainStore, hash: Uint8Array): Promise<void> {
  const change = readStore(store, (reader) => commitOf(reader, { forget: [hash], sideTips: withoutTip(reader, hash) }));
  await store.commit(change);
}

function insertionOf(reader: ChainReader, block: Block): ChainCommit['insert'][number] {
  const parent = reader.header(block.header.previousHash);
  if (!parent) throw new Error('expected a stored parent');
  const work = parent.work + workOf(block.header.target);
  return { block, work, size: blockSize(block.transactions), invalid: false };
}

/** True for a block that no side branch goes on from. */
function isLeaf(reader: ChainReader, { hash }: StoredHeader): boolean {
  return !reader.sideTips().some((tip) => equalBytes(forkPoint(reader, reader.header(tip)!)!.hash, hash));
}

function withoutTip(reader: ChainReader, hash: Uint8Array): Uint8Array[] {
  return reader.sideTips().filter((tip) => toHex(tip) !== toHex(hash));
}
