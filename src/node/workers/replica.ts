import type { ChainSnapshot } from '../../chain/chainStore.js';
import type { Network } from '../../consensus/network.js';
import { equalBytes, toHex } from '../../crypto/bytes.js';
import { BlockCache } from '../../graphql/blockCache.js';
import { Activity } from '../../graphql/live/activity.js';
import type { KnownPeer } from '../../graphql/services.js';
import { MempoolMirror } from '../../mempool/changes.js';
import { DEFAULT_POLICY } from '../../mempool/policy.js';
import { LmdbChainSnapshot } from '../../storage/chain/chainSnapshot.js';
import type { ChainTable } from '../../storage/keys.js';
import type { DatabaseReader } from '../../storage/lmdb/databaseReader.js';
import { EMPTY_ACCOUNT } from '../../ledger/accounts.js';
import { unpackChanges } from './packing.js';
import type { News, TipNews } from './publication.js';

export interface ReplicaModules {
  readonly database: Pick<DatabaseReader<ChainTable>, 'view'>;
}

/**
 * What a worker knows of the ledger: a view of the chain's file, pinned where the last news of a tip put it, and a mirror of the mempool. Both
 * change together, in one turn of the event loop. Those who listen hear of it once every worker's view has it.
 */
export class Replica {
  readonly mempool = new MempoolMirror(DEFAULT_POLICY);
  readonly activity = new Activity();
  readonly blocks = new BlockCache();
  readonly #network: Network;
  readonly #database: ReplicaModules['database'];
  #snapshot: LmdbChainSnapshot | undefined;
  #peers: ReadonlyMap<string, KnownPeer> = new Map();
  #members: ReadonlySet<string> | undefined;
  /** What listeners are told later. */
  #untold: { readonly number: number; readonly tell: () => void }[] = [];

  constructor({ network }: { readonly network: Network }, { database }: ReplicaModules) {
    this.#network = network;
    this.#database = database;
  }

  /** The chain as of the last news, retained: the caller releases it. */
  snapshot(): ChainSnapshot {
    return this.#pinned.retain();
  }

  /** Lends the same for one synchronous call. */
  read<Result>(use: (reader: ChainSnapshot) => Result): Result {
    return use(this.#pinned);
  }

  byId(id: string): KnownPeer | undefined {
    return this.#peers.get(id);
  }

  admits(id: string | undefined): boolean {
    return !this.#members || (id !== undefined && this.#members.has(id));
  }

  /** Takes news. Throws if the chain's file does not show the tip that they tell of: this process must not answer then. */
  apply(number: number, { tip, mempool, peer, peers, members }: News): void {
    const tell: (() => void)[] = [];
    if (peers) this.#peers = new Map(peers.map(({ id, status }) => [id, { status }]));
    if (members !== undefined) this.#members = members === null ? undefined : new Set(members);
    if (tip) tell.push(this.#follow(tip));
    if (mempool) {
      const changes = unpackChanges(this.#network.chainId, mempool);
      const left = changes.left.flatMap((txid) => this.mempool.named(txid)?.transaction ?? []);
      const entered = changes.entered.flatMap(({ txid, transaction }) =>
        this.mempool.named(txid) ? [] : [transaction],
      );
      this.mempool.apply(changes);
      tell.push(() => {
        this.activity.enter(entered);
        this.activity.touch(left);
      });
    }
    if (peer) tell.push(() => this.activity.peerChanged.emit(peer));
    this.#untold.push(...tell.map((one) => ({ number, tell: one })));
  }

  /** Every worker has the news up to this number. */
  visible(number: number): void {
    const told = this.#untold.filter((one) => one.number <= number);
    this.#untold = this.#untold.filter((one) => one.number > number);
    for (const { tell } of told) tell();
  }

  /** Ends the view. */
  close(): void {
    this.#snapshot?.release();
    this.#snapshot = undefined;
  }

  get #pinned(): LmdbChainSnapshot {
    if (!this.#snapshot) throw new Error('expected a view of the chain, got none: nothing has begun');
    return this.#snapshot;
  }

  #follow({ hash, accounts, reorganization, fees }: TipNews): () => void {
    const { chainId } = this.#network;
    const next = new LmdbChainSnapshot({ chainId }, { view: this.#database.view() });
    const got = next.tip().hash;
    if (!equalBytes(got, hash)) {
      next.release();
      throw new Error(`expected the chain's file to end with block ${toHex(hash)}, got ${toHex(got)}`);
    }
    this.#snapshot?.release();
    this.#snapshot = next;
    if (fees !== undefined) this.blocks.fees.set(toHex(hash), fees);
    return () => {
      const changed = [];
      for (let start = 0; start < accounts.length; start += 32) {
        // Listeners look at the key alone: the state is in the view.
        changed.push({ publicKey: accounts.subarray(start, start + 32), account: EMPTY_ACCOUNT });
      }
      this.activity.changeTip({ accounts: changed, ...(reorganization && { reorganization }) });
    };
  }
}
