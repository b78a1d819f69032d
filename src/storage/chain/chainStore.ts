import type { ChainCommit, ChainSnapshot, ChainStore } from '../../chain/chainStore.js';
import type { Network } from '../../consensus/network.js';
import { CommitOperations } from './commitOperations.js';
import type { Database } from '../lmdb/database.js';
import type { ChainTable } from '../keys.js';
import { LmdbChainSnapshot } from './chainSnapshot.js';
import { blockSize } from '../../consensus/block.js';
import { workOf } from '../../consensus/pow.js';
import { EMPTY_ACCOUNT } from '../../ledger/accounts.js';
import { inTurns } from '../../util/turns.js';

export interface LmdbChainStoreModules {
  /** Open with CHAIN_TABLES; closed by the store. */
  readonly database: Pick<Database<ChainTable>, 'view' | 'packing' | 'write' | 'close'>;
  /** Those who read the file in other processes: nothing is written before all of them have a view of what was written last. */
  readonly readers?: { everywhere(): Promise<void> | undefined } | undefined;
}

/** The chain in an LMDB file. To open it takes the time of two reads, however long the chain is. */
export class LmdbChainStore implements ChainStore {
  readonly #chainId: Uint8Array;
  readonly #database: LmdbChainStoreModules['database'];
  readonly #readers: LmdbChainStoreModules['readers'];
  #current: LmdbChainSnapshot;
  #committing = false;

  private constructor(network: Network, { database, readers }: LmdbChainStoreModules) {
    this.#chainId = network.chainId;
    this.#database = database;
    this.#readers = readers;
    this.#current = this.#pin();
  }

  /** Connects the network's genesis on first use. */
  static async open(options: { readonly network: Network }, modules: LmdbChainStoreModules): Promise<LmdbChainStore> {
    const store = new LmdbChainStore(options.network, modules);
    if (!store.#current.state.tip) await store.commit(genesisCommit(options.network));
    return store;
  }

  snapshot(): ChainSnapshot {
    return this.#current.retain();
  }

  async commit(change: ChainCommit): Promise<void> {
    if (this.#committing)
      throw new Error('expected one commit at a time, got a second one before the first was on disk');
    this.#committing = true;
    try {
      const operations = await inTurns(new CommitOperations(this.#current).preparing(change));
      const packed = await inTurns(this.#database.packing(operations));
      await this.#readers?.everywhere();
      await this.#database.write(packed);
    } finally {
      this.#committing = false;
    }
    const previous = this.#current;
    this.#current = this.#pin();
    previous.release();
  }

  async close(): Promise<void> {
    this.#current.release();
    await this.#database.close();
  }

  #pin(): LmdbChainSnapshot {
    return new LmdbChainSnapshot({ chainId: this.#chainId }, { view: this.#database.view() });
  }
}

/** The first commit of every store: connects genesis, with its allocations as the change that it makes to the accounts. */
export function genesisCommit({ genesis, allocations }: Network): ChainCommit {
  const { hash, target } = genesis.header;
  return {
    insert: [{ block: genesis, work: workOf(target), size: blockSize(genesis.transactions), invalid: false }],
    disconnect: [],
    connect: [{ hash, undo: allocations.map(({ publicKey }) => ({ publicKey, account: EMPTY_ACCOUNT })) }],
    accounts: allocations.map(({ publicKey, amount }) => ({ publicKey, account: { balance: amount, nonce: 0n } })),
    invalidate: [],
    forget: [],
    sideTips: [],
  };
}
