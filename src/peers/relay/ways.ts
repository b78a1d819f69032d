import type { PeerState } from '../peerState.js';
import type { Clock } from '../ports.js';

/** How long the transactions of an account take the same way, so that they come in the order of their nonces. */
const SAME_WAY_MS = 60_000;

/**
 * Which peers are sent a transaction as a whole. By lot, for each account anew every minute, and of the peers that this node or its operator chose
 * before those that made themselves known: nobody can learn the way of a payment, or get in it by coming often.
 */
export class Ways {
  readonly #copies: number;
  readonly #modules: { readonly clock: Pick<Clock, 'elapsed'>; readonly random: () => number };
  /** The lot of each peer. */
  readonly #lots = new WeakMap<PeerState, number>();
  #secret = 0;
  #end = -Infinity;

  /** `copies` is how many nodes have the transaction then: the peers chosen, and its giver. */
  constructor(copies: number, modules: { readonly clock: Pick<Clock, 'elapsed'>; readonly random: () => number }) {
    this.#copies = copies;
    this.#modules = modules;
  }

  /** Those of the peers that are sent a transaction of this account. */
  choose(peers: readonly PeerState[], sender: Uint8Array, hasGiver: boolean): ReadonlySet<PeerState> {
    const count = this.#copies - Number(hasGiver);
    if (peers.length <= count) return new Set(peers);
    this.#renew();
    const account = new DataView(sender.buffer, sender.byteOffset).getUint32(0) ^ this.#secret;
    const ranked = peers.map((peer) => {
      const isChosen = peer.origin !== 'announced';
      return { peer, rank: mixed(account ^ this.#lot(peer)) - (isChosen ? 2 ** 32 : 0) };
    });
    ranked.sort((a, b) => a.rank - b.rank);
    return new Set(ranked.slice(0, count).map(({ peer }) => peer));
  }

  #renew(): void {
    const { clock, random } = this.#modules;
    if (clock.elapsed() < this.#end) return;
    this.#end = clock.elapsed() + SAME_WAY_MS;
    this.#secret = number32(random);
  }

  #lot(peer: PeerState): number {
    let lot = this.#lots.get(peer);
    if (lot === undefined) this.#lots.set(peer, (lot = number32(this.#modules.random)));
    return lot;
  }
}

function number32(random: () => number): number {
  return Math.floor(random() * 2 ** 32);
}

/** Each bit of 32 depends on all of them (the finalizer of MurmurHash3). */
function mixed(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
