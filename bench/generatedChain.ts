import { writeFile } from 'node:fs/promises';
import type { ChainCommit, ChainSnapshot, ChainStore, StoredHeader } from '../src/chain/chainStore.js';
import { blockSize, createHeader, transactionsRoot, type Block, type BlockHeader } from '../src/consensus/block.js';
import { nextTarget, type Network } from '../src/consensus/network.js';
import { meetsTarget, workOf } from '../src/consensus/pow.js';
import { createTransaction, type Transaction } from '../src/consensus/transaction.js';
import { encodeAddress } from '../src/crypto/address.js';
import { sha256 } from '../src/crypto/hash.js';
import { applyBlock, applyChanges } from '../src/ledger/ledger.js';
import { Overlay } from '../src/ledger/accounts.js';
import { parseNetworkFile } from '../src/node/openChain.js';
import { Database } from '../src/storage/lmdb/database.js';
import { CHAIN_TABLES } from '../src/storage/keys.js';
import { LmdbChainStore } from '../src/storage/chain/chainStore.js';
import { benchKey, signTransfer } from './benchKey.js';

/** Content of a generated chain's blocks: payments that any node accepts, of SENDERS accounts in turn. */
export interface ChainShape {
  readonly paymentsPerBlock: number;
  /** Accounts that get payments in turn; the number of payments if each goes to an account of its own. */
  readonly recipients: number;
}

/** A network on which a block costs about two tries, written to `path`. */
export async function generatedNetwork(path: string): Promise<Network> {
  const file = JSON.stringify({
    name: 'generated',
    addressPrefix: PREFIX,
    // Long ago: a node refuses a block of the future, and a million blocks span 116 days.
    timestamp: '2020-01-01T00:00:00.000Z',
    target: 0x207fffff,
    targetLimit: 0x207fffff,
    blockIntervalMs: 10_000,
    halfLifeMs: 3_600_000,
    subsidy: '1000000000',
    halvingInterval: 4_000_000,
    maxBlockBytes: 2_097_152,
    allocations: SENDERS.map(({ publicKey }) => ({
      address: encodeAddress(PREFIX, publicKey),
      amount: '100000000000',
    })),
  });
  await writeFile(path, file);
  return parseNetworkFile(file, path);
}

/** The chain's store in a data folder. */
export async function openStore(network: Network, chainPath: string): Promise<LmdbChainStore> {
  const database = await Database.open({ path: chainPath, chainId: network.chainId, tables: CHAIN_TABLES });
  return LmdbChainStore.open({ network }, { database });
}

/** Extends the best chain up to `height`, with blocks of one miner, many blocks a commit: applies the rules of state and checks nothing else. */
export async function extendChain(
  store: ChainStore,
  network: Network,
  shape: ChainShape,
  height: number,
  miner: Uint8Array = MINER,
): Promise<void> {
  const perCommit = Math.max(1, Math.min(BLOCKS_PER_COMMIT, Math.floor(PAYMENTS_PER_COMMIT / shape.paymentsPerBlock)));
  for (;;) {
    const snapshot = store.snapshot();
    const count = Math.min(perCommit, height - snapshot.tip().height);
    const commit = count > 0 ? connectedBlocks(snapshot, network, { ...shape, miner }, count) : undefined;
    snapshot.release();
    if (!commit) return;
    await store.commit(commit);
  }
}

/** The block after `parent` on any branch: all blocks of one height have the same payments, and differ by their miner. */
export function generateBlock(network: Network, shape: ChainShape, parent: BlockHeader, miner: Uint8Array): Block {
  const height = parent.height + 1;
  const transactions = Array.from({ length: shape.paymentsPerBlock }, (_, index) =>
    payment(network, shape, (height - 1) * shape.paymentsPerBlock + index),
  );
  const template = {
    height,
    previousHash: parent.hash,
    transactionsRoot: transactionsRoot(transactions),
    transactionCount: transactions.length,
    timestamp: parent.timestamp + network.blockIntervalMs,
    target: nextTarget(network, parent),
    miner,
  };
  for (let nonce = 0n; ; nonce++) {
    const header = createHeader(template, nonce);
    if (meetsTarget(header.hash, header.target)) return { header, transactions };
  }
}

/** Recipient number `index`. */
export function recipient(index: number): Uint8Array {
  return sha256(Buffer.from(`bench/recipient/${index}`));
}

/** Payment number `index` of the chain. */
function payment(network: Network, shape: ChainShape, index: number): Transaction {
  const sender = SENDERS[index % SENDERS.length]!;
  const unsigned = {
    sender: sender.publicKey,
    recipient: recipient(index % shape.recipients),
    amount: 1_000n,
    fee: 10n,
    nonce: BigInt(Math.floor(index / SENDERS.length)),
    memo: '',
  };
  return createTransaction(network.chainId, unsigned, signTransfer(network.chainId, unsigned, sender));
}

function connectedBlocks(
  snapshot: ChainSnapshot,
  network: Network,
  { miner, ...shape }: ChainShape & { readonly miner: Uint8Array },
  count: number,
): ChainCommit {
  const overlay = new Overlay(snapshot);
  const insert: ChainCommit['insert'][number][] = [];
  const connect: ChainCommit['connect'][number][] = [];
  let parent: Pick<StoredHeader, 'work'> & BlockHeader = snapshot.tip();
  for (let i = 0; i < count; i++) {
    const block = generateBlock(network, shape, parent, miner);
    const applied = applyBlock(overlay, block, network);
    if ('code' in applied) throw new Error(`a generated block breaks a rule: ${applied.code}`);
    applyChanges(overlay, applied.changes);
    const work = parent.work + workOf(block.header.target);
    insert.push({ block, work, size: blockSize(block.transactions), invalid: false });
    connect.push({ hash: block.header.hash, undo: applied.undo });
    parent = { ...block.header, work };
  }
  const accounts = overlay.changes();
  return { insert, connect, accounts, disconnect: [], invalidate: [], forget: [], sideTips: [] };
}

export const PREFIX = 'corgen';
const SENDERS = Array.from({ length: 100 }, (_, index) => benchKey(index));
const MINER = benchKey(1_000_000).publicKey;
const BLOCKS_PER_COMMIT = 500;
const PAYMENTS_PER_COMMIT = 10_000;
