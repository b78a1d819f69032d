import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Network } from '../consensus/network.js';
import { copyDatabase } from '../storage/lmdb/environment.js';
import { Database } from '../storage/lmdb/database.js';
import { CHAIN_FILE, NODE_FILE } from '../storage/dataFolder.js';
import { NODE_TABLES } from '../storage/keys.js';
import { LmdbMempoolJournal } from '../storage/mempoolJournal.js';
import { syncFile, syncFolder } from '../util/files.js';
import { Closers } from '../util/closers.js';
import { openChain } from './openChain.js';
import { startupCheck } from '../audit/startupCheck.js';

const WALLET = 'wallet.json';

/** What a backup holds. */
export interface Backup {
  readonly height: number;
  /** Transactions that were acknowledged and wait for a block. */
  readonly pending: number;
  /** The node's wallet is in it, encrypted as it is. */
  readonly wallet: boolean;
}

/**
 * Copies the data of a node, running or not, to the new folder `out`, which a node can be started on: everything that was
 * acknowledged before is in it. Each page of the copy is checked, and the folder gets its name when all is on disk. Left out are
 * `node.key`, since two nodes of one identity hide from each other, and `admin.token`.
 */
export async function backUp(data: string, out: string, network: Network): Promise<Backup> {
  const target = resolve(out);
  const partial = await mkdtemp(`${target}.partial-`);
  try {
    // In this order: what leaves the journal while it is copied was written to the chain before, which is copied after.
    for (const name of [NODE_FILE, CHAIN_FILE]) await copyDatabase(join(data, name), join(partial, name));
    const wallet = existsSync(join(data, WALLET));
    if (wallet) await copyFile(join(data, WALLET), join(partial, WALLET));
    if (wallet) syncFile(join(partial, WALLET));
    const checked = await check(partial, network);
    for (const name of ['lock', `${NODE_FILE}-lock`, `${CHAIN_FILE}-lock`])
      await rm(join(partial, name), { force: true });
    syncFolder(partial);
    await rename(partial, target);
    syncFolder(dirname(target));
    return { ...checked, wallet };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** Checks the copy as a node checks its folder at the start, and every page of it. */
async function check(folder: string, network: Network): Promise<Pick<Backup, 'height' | 'pending'>> {
  const closers = new Closers();
  try {
    const options = { data: folder, network, verifiedSignatures: 1, check: 'whole' } as const;
    const { chain, folder: copy } = await openChain(options, { reconcile: () => 0 }, closers);
    const { chainId } = network;
    const database = await Database.open({ path: copy.nodePath, chainId, tables: NODE_TABLES, check: 'whole' });
    closers.add(() => database.close());
    const kept = new LmdbMempoolJournal({ chainId }, { database }).load();
    return chain.read((reader) => {
      startupCheck(network, reader);
      // What a block took leaves the journal with the node's next write only.
      const pending = kept.filter(({ transaction: { sender, nonce } }) => nonce >= reader.account(sender).nonce);
      return { height: reader.tip().height, pending: pending.length };
    });
  } finally {
    await closers.close();
  }
}
