import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { Block } from '../../src/consensus/block.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { Chain } from '../../src/chain/chain.js';
import { toHex } from '../../src/crypto/bytes.js';
import { replayChain } from '../../src/audit/replay.js';
import { LmdbMempoolJournal } from '../../src/storage/mempoolJournal.js';
import { FUNDED_ACCOUNTS, mineBlock, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { openLmdbStore, openNodeDatabase } from '../support/storeOpen.js';

async function openChain(folder: string) {
  const store = await openLmdbStore(network, folder);
  const chain = new Chain({ network }, { store, verifier, pending: { reconcile: () => 0 } });
  return { store, chain };
}

/** A data folder with some hundred transactions in blocks, a side branch, and pending ones. */
export async function makeFolder(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { store, chain } = await openChain(folder);
  for (let index = 0; index < BLOCKS; index++) await addBlock(chain);
  const parent = chain.read((reader) => reader.headerAt(BLOCKS - 3))!;
  await chain.addBlock(mineBlock({ network, parent, miner: testAccount(8) }), NOW);
  const pending = payments(chain);
  await chain.close();
  await store.close();
  const database = await openNodeDatabase(network, folder);
  const journal = new LmdbMempoolJournal({ chainId: network.chainId }, { database });
  for (const transaction of pending) await journal.append([{ transaction, since: 1 }]);
  await journal.close();
  await database.close();
}

/** Content of a folder after `blocks` more blocks, as one short text. Throws any error that reports the damage. */
export async function examine(folder: string, blocks: number): Promise<string> {
  const digest = createHash('sha256');
  const { store, chain } = await openChain(folder);
  try {
    for (let index = 0; index < blocks; index++) await addBlock(chain);
    const reader = chain.snapshot();
    await replayChain(network, { reader, verifier, progressed: () => undefined });
    digest.update(reader.tip().hash);
    for (let index = 0; index < 12; index++) {
      const { publicKey } = testAccount(index);
      const { balance, nonce } = reader.account(publicKey);
      digest.update(`${balance} ${nonce} ${reader.historyCount(publicKey)}`);
    }
  } finally {
    await chain.close();
    await store.close();
  }
  const database = await openNodeDatabase(network, folder);
  try {
    const journal = new LmdbMempoolJournal({ chainId: network.chainId }, { database });
    for (const { transaction } of journal.load()) digest.update(transaction.id);
  } finally {
    await database.close();
  }
  return digest.digest('hex');
}

/** One more block, with payments of every funded account: on one parent always the same. */
async function addBlock(chain: Chain): Promise<void> {
  const parent = chain.tip();
  let block = made.get(toHex(parent.hash));
  if (!block) {
    block = mineBlock({ network, parent, transactions: payments(chain) });
    made.set(toHex(parent.hash), block);
  }
  const { status } = await chain.addBlock(block, NOW);
  if (status !== 'connected') throw new Error(`expected the block to be connected, got ${status}`);
}

function payments(chain: Chain): Transaction[] {
  return Array.from({ length: TRANSACTIONS_A_BLOCK }, (_, index) => {
    const from = testAccount(index % FUNDED_ACCOUNTS);
    const { nonce: next } = chain.read((reader) => reader.account(from.publicKey));
    const nonce = next + BigInt(Math.floor(index / FUNDED_ACCOUNTS));
    return transfer({ network, from, to: testAccount(index + 1), amount: 1_000n, fee: 1n, nonce });
  });
}

const network = testNetwork();
const BLOCKS = 40;
const TRANSACTIONS_A_BLOCK = 8;
/** After any block that is made here. */
const NOW = Date.UTC(2100, 0, 1);
const made = new Map<string, Block>();
/** The checksums cover signatures like all else, and to verify them takes long. */
const verifier = { verify: async (transactions: readonly Transaction[]) => transactions.map(() => true) };
