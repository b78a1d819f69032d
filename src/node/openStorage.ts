import { join } from 'node:path';
import { startupCheck, type CheckedAtStart } from '../audit/startupCheck.js';
import type { Network } from '../consensus/network.js';
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
import { localSigner } from '../wallet/signer.js';
import { Wallet } from '../wallet/wallet.js';
import { openChain, type OpenChain } from './openChain.js';
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
  readonly wallet: Wallet;
}

/** Locks the data folder and opens everything in it. Throws DataFolderError, ChainDamageError and RangeError. */
export async function openStorage(
  { data, network }: { readonly data: string; readonly network: Network },
  { clock }: Pick<World, 'clock'>,
  closers: Closers,
): Promise<OpenStorage> {
  const { chainId } = network;
  const mempool = new Mempool(DEFAULT_POLICY);
  const { database: chainDatabase, ...opened } = await openChain(
    { data, network, verifiedSignatures: 2 * DEFAULT_POLICY.maxTransactions },
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
    identity: localSigner(await loadIdentity(join(folder.path, 'node.key'))),
    wallet: await Wallet.open(join(folder.path, 'wallet.json')),
  };
}
