import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { startupCheck, type CheckedAtStart } from '../audit/startupCheck.js';
import type { Signer } from '../crypto/ed25519.js';
import { Admission } from '../mempool/admission.js';
import { Mempool } from '../mempool/mempool.js';
import { DEFAULT_POLICY } from '../mempool/policy.js';
import { NODE_TABLES, type ChainTable, type NodeTable } from '../storage/keys.js';
import { Database } from '../storage/lmdb/database.js';
import { LmdbMempoolJournal } from '../storage/mempoolJournal.js';
import { PeerStore } from '../storage/peerStore.js';
import { RequestStore } from '../storage/requestStore.js';
import type { Closers } from '../util/closers.js';
import { MAX_REQUESTS } from '../wallet/payments.js';
import { loadIdentity } from '../wallet/secretFile.js';
import { localSigner, RemoteSigner, SignerError } from '../wallet/signer.js';
import { Wallet, walletOf, type NodeWallet } from '../wallet/wallet.js';
import { type ChainOptions, openChain, type OpenChain } from './openChain.js';
import type { World } from './world.js';

/** What a node keeps on disk, and what stands directly on it. */
export interface OpenStorage extends Omit<OpenChain, 'database'> {
  readonly databases: { readonly chain: Database<ChainTable>; readonly node: Database<NodeTable> };
  /** How much of the stored chain was looked at. */
  readonly checked: CheckedAtStart;
  readonly mempool: Mempool;
  readonly admission: Admission;
  readonly journal: LmdbMempoolJournal;
  readonly peerStore: PeerStore;
  readonly requests: RequestStore;
  /** Names this node to others. */
  readonly identity: Signer;
  readonly wallet: NodeWallet;
}

/** Locks the data folder and opens everything in it. Throws DataFolderError, ChainDamageError and RangeError. */
export async function openStorage(
  { data, network, signer }: Pick<Config, 'data' | 'network' | 'signer'>,
  { clock }: Pick<World, 'clock'>,
  closers: Closers,
  readers?: ChainOptions['readers'],
): Promise<OpenStorage> {
  const { chainId } = network;
  const mempool = new Mempool(DEFAULT_POLICY);
  const { database: chainDatabase, ...opened } = await openChain(
    { data, network, verifiedSignatures: 2 * DEFAULT_POLICY.maxTransactions, readers },
    mempool,
    closers,
  );
  const { folder, verifier, chain } = opened;
  const checked = chain.read((reader) => startupCheck(network, reader));
  const database = await Database.open({ path: folder.nodePath, chainId, tables: NODE_TABLES });
  closers.add(() => database.close());
  const journal = new LmdbMempoolJournal({ chainId }, { database });
  closers.add(() => journal.close());
  return {
    ...opened,
    databases: { chain: chainDatabase, node: database },
    checked,
    mempool,
    admission: new Admission({ mempool, verifier, journal, chain, clock }),
    journal,
    peerStore: new PeerStore({ database }),
    requests: new RequestStore({ chainId, capacity: MAX_REQUESTS }, { database }),
    ...(await openKeys(folder.path, signer, closers)),
  };
}

/** The keys of a node: those that the signer has, and those of the data folder otherwise. Throws RangeError, also where a key is in both. */
async function openKeys(
  folder: string,
  socket: string | undefined,
  closers: Closers,
): Promise<Pick<OpenStorage, 'identity' | 'wallet'>> {
  const [keyPath, walletPath] = [join(folder, 'node.key'), join(folder, 'wallet.json')];
  const signer = socket === undefined ? undefined : await signerAt(socket);
  if (signer) closers.add(() => signer.remote.close());
  for (const [path, key] of [
    [keyPath, signer?.node],
    [walletPath, signer?.wallet],
  ] as const) {
    if (key && existsSync(path)) {
      throw new RangeError(`${path}: expected no file beside the key that the signer has; move it to a safe place`);
    }
  }
  return {
    identity: signer?.node ?? localSigner(await loadIdentity(keyPath)),
    wallet: signer?.wallet ? walletOf(signer.wallet) : await Wallet.open(walletPath),
  };
}

async function signerAt(socket: string) {
  try {
    const remote = await RemoteSigner.at(socket);
    const [node, wallet] = await Promise.all([remote.key('node'), remote.key('wallet')]);
    return { remote, node, wallet };
  } catch (error) {
    if (error instanceof SignerError) throw new RangeError(error.message);
    throw error;
  }
}
