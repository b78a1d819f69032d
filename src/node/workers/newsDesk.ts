import type { TipChange } from '../../chain/outcome.js';
import { concatBytes, toHex } from '../../crypto/bytes.js';
import type { BlockCache } from '../../graphql/blockCache.js';
import type { ChangedPeer } from '../../graphql/types/node.js';
import type { ChangeLog } from '../../mempool/changes.js';
import type { Mempool } from '../../mempool/mempool.js';
import type { Members } from '../members.js';
import { packChanges } from './packing.js';
import type { News, PeerNews, Publication, Reader } from './publication.js';

/** The peers as the desk reads them. */
interface PeerStates {
  all(): readonly { readonly id: string | undefined; readonly status: PeerNews['status'] }[];
}

export interface NewsDeskModules {
  readonly publication: Publication;
  readonly mempool: Pick<Mempool, 'following'>;
  readonly changes: ChangeLog;
  readonly blocks: Pick<BlockCache, 'fees'>;
  readonly peers: PeerStates;
  readonly members: Pick<Members, 'ids'>;
  readonly tip: () => Uint8Array;
}

/** Makes news of what the parts of the ledger process report, in pieces that readers may see: never half a change of the tip. */
export class NewsDesk {
  readonly #modules: NewsDeskModules;
  #isDue = false;

  constructor(modules: NewsDeskModules) {
    this.#modules = modules;
  }

  /** The best chain has a new tip, and the mempool has followed. */
  tipChanged({ tip, connected, accounts, reorganization }: TipChange): void {
    const isOnTop = connected.length === 1 && !reorganization;
    this.#publish({
      tip: {
        hash: tip.hash,
        accounts: concatBytes(...accounts.map(({ publicKey }) => publicKey)),
        reorganization,
        fees: isOnTop ? this.#modules.blocks.fees.get(toHex(tip.hash)) : undefined,
      },
    });
  }

  /** Transactions are pending that were not, and are about to be acknowledged. */
  accepted(): void {
    this.#publish({});
  }

  /** Something left the mempool. While that follows the tip, the change of the tip tells it. */
  removed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      if (!this.#modules.mempool.following) this.#publish({});
    });
  }

  peerChanged(peer: ChangedPeer): void {
    this.#publish({ peer, peers: this.#peers() });
  }

  membersChanged(): void {
    this.#publish({ members: this.#members() });
  }

  /** The reader hears of everything from now on. Returns what there is now, which is to be its first news. To be called between two changes of the chain. */
  join(reader: Reader): { readonly number: number; readonly news: News } {
    const { publication, changes, tip } = this.#modules;
    // What is about to be told is in the whole, too.
    this.#publish({});
    const news: News = {
      tip: { hash: tip(), accounts: new Uint8Array(), reorganization: undefined, fees: undefined },
      mempool: packChanges(changes.whole()),
      peers: this.#peers(),
      members: this.#members(),
    };
    return { number: publication.join(reader), news };
  }

  #publish(news: News): void {
    const { publication, changes, mempool: pending } = this.#modules;
    // What it has of the new tip so far belongs to the news of that.
    const changed = pending.following ? undefined : changes.take();
    if (!publication.isRead) return;
    const mempool = changed && packChanges(changed);
    if (mempool || Object.keys(news).length > 0) publication.publish({ ...news, mempool });
  }

  #peers(): PeerNews[] {
    return this.#modules.peers.all().flatMap(({ id, status }) => (id === undefined ? [] : [{ id, status }]));
  }

  #members(): readonly string[] | null {
    const { ids } = this.#modules.members;
    return ids ? [...ids] : null;
  }
}
