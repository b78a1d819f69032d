import type { Transaction } from '../../consensus/transaction.js';
import type { PeerState } from '../peerState.js';
import type { Log } from '../ports.js';
import { PeerError } from '../standing.js';

/** A thousand transactions a handshake. */
const MAX_PAGES = 10;

export interface PendingPullModules {
  readonly pending: { readonly size: number; get(id: Uint8Array): unknown };
  /** Takes transactions as if the node of this id had sent them; undefined if it has not proven one. */
  readonly take: (transactions: readonly Transaction[], giver: string | undefined) => Promise<unknown>;
  readonly log: Log;
}

/**
 * Asks peers for their pending transactions: a node that others cannot reach receives no announcements, and would mine empty blocks beside
 * a peer that holds payments. Known transactions are skipped. At most MAX_PAGES pages a handshake: the best paid first, then on from where
 * the last pull ended.
 */
export class PendingPull {
  readonly #modules: PendingPullModules;
  readonly #underWay = new WeakSet<PeerState>();
  /** Where the last pull ended, unless that was the peer's last page. */
  readonly #places = new WeakMap<PeerState, string>();

  constructor(modules: PendingPullModules) {
    this.#modules = modules;
  }

  /** Call it after a handshake. Never rejects. */
  async consider(state: PeerState): Promise<void> {
    if (state.status !== 'CONNECTED' || this.#underWay.has(state)) return;
    this.#underWay.add(state);
    try {
      await this.#pull(state);
    } catch (error) {
      // The next handshake shows what is wrong with the peer.
      if (!(error instanceof PeerError)) this.#modules.log.warn({ err: error, peer: state.url }, 'a pull failed');
    } finally {
      this.#underWay.delete(state);
    }
  }

  async #pull(state: PeerState): Promise<void> {
    const { pending, take } = this.#modules;
    const place = this.#places.get(state);
    // A place that the peer refuses must not be asked for again: it is kept once all went well.
    this.#places.delete(state);
    let after: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const page = await state.client.pending(after);
      const news = page.transactions.filter(({ id }) => !pending.get(id));
      if (news.length > 0) await take(news, state.id);
      // The peer's first ones are all known, and it has no more than this node: so are the others, nearly always.
      const isEnough = news.length === 0 && page.size <= pending.size;
      if (page.next === undefined || isEnough) return;
      after = (pages === 0 && place) || page.next;
    }
    this.#places.set(state, after!);
  }
}
