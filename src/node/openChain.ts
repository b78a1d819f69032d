import { availableParallelism } from 'node:os';
import { Chain, type ChainModules } from '../chain/chain.js';
import { developmentNetwork, type Network } from '../consensus/network.js';
import type { CheckExtent } from '../storage/pages/walk.js';
import { type DataFolder, DataFolderError, openDataFolder, WrongChainError } from '../storage/dataFolder.js';
import { Database } from '../storage/lmdb/database.js';
import { CHAIN_TABLES, type ChainTable } from '../storage/keys.js';
import { LmdbChainStore, type LmdbChainStoreModules } from '../storage/chain/chainStore.js';
import { SignatureCache, VerifierPool } from '../verification/verifierPool.js';
import type { Closers } from '../util/closers.js';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatNetworkFile, readNetworkFile } from '../consensus/networkFile.js';
import { equalBytes } from '../crypto/bytes.js';
import { createSecretFile } from '../wallet/secretFile.js';

export interface ChainOptions {
  readonly network: Network;
  /** Verified signatures that are remembered. */
  readonly verifiedSignatures: number;
  /** As LmdbChainStoreModules has them. */
  readonly readers?: LmdbChainStoreModules['readers'];
  /** The chain's file, when it is not the folder's own. */
  readonly chainPath?: string;
  /** Of the chain's file, as DatabaseOptions has it. */
  readonly check?: CheckExtent | undefined;
}

/** The parts that a chain needs on disk: what a node is built on, and what the offline commands work with. */
export interface OpenChain {
  readonly folder: DataFolder;
  /** The chain's. */
  readonly database: Database<ChainTable>;
  readonly verifier: SignatureCache;
  /** The threads behind it. */
  readonly verifierPool: Pick<VerifierPool, 'waiting'>;
  readonly chain: Chain;
}

/** Locks the data folder, opens its chain and keeps its network there. Throws DataFolderError. Whatever it opened is left to `closers`. */
export async function openChain(
  { data, ...options }: ChainOptions & { readonly data: string },
  pending: ChainModules['pending'],
  closers: Closers,
): Promise<OpenChain> {
  const folder = openDataFolder(data);
  closers.add(() => folder.close());
  const { network } = options;
  try {
    const parts = await openChainIn(folder, options, pending, closers);
    const path = folderNetworkPath(folder.path);
    if (!existsSync(path)) await createSecretFile(path, formatNetworkFile(network));
    return { folder, ...parts };
  } catch (error) {
    throw error instanceof WrongChainError ? await namingNetworks(folder.path, network, error) : error;
  }
}

/** Names both networks and the remedy, where the cause has only two hashes. */
async function namingNetworks(folder: string, network: Network, cause: WrongChainError): Promise<Error> {
  const kept = await readFolderNetwork(folder);
  if (!kept) return cause;
  const name = kept === developmentNetwork() ? kept.name : folderNetworkPath(folder);
  return new DataFolderError(
    `data folder ${folder}: expected data of network ${network.name}, got those of network ${kept.name}: give --network ${name}, or leave --network out`,
    { cause },
  );
}

/** Opens a chain in a folder that is locked already; otherwise as openChain. */
export async function openChainIn(
  folder: DataFolder,
  { network, verifiedSignatures, readers, chainPath, check }: ChainOptions,
  pending: ChainModules['pending'],
  closers: Closers,
): Promise<Omit<OpenChain, 'folder'>> {
  const { chainId } = network;
  const path = chainPath ?? folder.chainPath;
  const database = await Database.open({ path, chainId, tables: CHAIN_TABLES, check });
  const store = await LmdbChainStore.open({ network }, { database, readers });
  closers.add(() => store.close());
  const pool = new VerifierPool({ threads: Math.min(4, Math.max(1, availableParallelism() - 1)) });
  closers.add(() => pool.close());
  const verifier = new SignatureCache({ capacity: verifiedSignatures }, { verifier: pool });
  const chain = new Chain({ network }, { store, verifier, pending });
  closers.add(() => chain.close());
  await chain.recover();
  return { database, verifier, verifierPool: pool, chain };
}

/** Path of the network file in a data folder: with it, commands on the folder need no --network. */
function folderNetworkPath(folder: string): string {
  return join(folder, 'network.json');
}

/** The network of a data folder; undefined in a new folder, which has no such file. Throws RangeError for a malformed file. */
export async function readFolderNetwork(folder: string): Promise<Network | undefined> {
  const path = folderNetworkPath(folder);
  if (!existsSync(path)) return undefined;
  const network = parseNetworkFile(await readFile(path, 'utf8'), path);
  const development = developmentNetwork();
  return equalBytes(network.chainId, development.chainId) ? development : network;
}

/** The network of a file's text; throws RangeError that names the file, the setting, expected and got. */
export function parseNetworkFile(text: string, path: string): Network {
  try {
    return readNetworkFile(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`network file ${path}: ${error.message}`, { cause: error });
  }
}
