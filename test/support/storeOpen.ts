import { join } from 'node:path';
import type { Network } from '../../src/consensus/network.js';
import { Database } from '../../src/storage/lmdb/database.js';
import { CHAIN_TABLES, NODE_TABLES, type NodeTable } from '../../src/storage/keys.js';
import { LmdbChainStore } from '../../src/storage/chain/chainStore.js';
import { temporaryFolder } from './temporaryFolder.js';

/** The LMDB store of a network in a folder; a new one by default. */
export async function openLmdbStore(network: Network, folder = temporaryFolder()): Promise<LmdbChainStore> {
  const path = join(folder, 'chain.mdb');
  const database = await Database.open({ path, chainId: network.chainId, tables: CHAIN_TABLES });
  return LmdbChainStore.open({ network }, { database });
}

/** The database of the mempool and the peers in a folder; a new one by default. */
export function openNodeDatabase(network: Network, folder = temporaryFolder()): Promise<Database<NodeTable>> {
  return Database.open({ path: join(folder, 'node.mdb'), chainId: network.chainId, tables: NODE_TABLES });
}
