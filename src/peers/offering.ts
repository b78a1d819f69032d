import type { ChainReader } from '../chain/chainStore.js';
import { headersAfter } from '../chain/headerTree.js';
import { encodeBody } from '../consensus/block.js';
import { PeerError } from './peerError.js';
import type { PeerState } from './peerState.js';
import type { Clock, Log, OfferedBody, Wanted } from './ports.js';

export interface OfferingModules {
  readonly chain: { view(): ChainReader };
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly log: Log;
}

interface Pause {
  readonly failures: number;
  readonly until: number;
}

/**
 * Offers this node's best chain to peers that show less work, so that they follow also where they have no way to this node: it may stand behind
 * NAT, or have no public URL. A peer that has it already, or fetches it itself, says so at once. One offer at a time to each peer;
 * one that came to nothing is made again after a while, ever longer.
 */
export class Offering {
  readonly #modules: OfferingModules;
  readonly #underWay = new WeakSet<PeerState>();
  readonly #pauses = new WeakMap<PeerState, Pause>();

  constructor(modules: OfferingModules) {
    this.#modules = modules;
  }

  /** Offers it if the peer's last handshake showed less work. Never rejects. */
  async consider(state: PeerState): Promise<void> {
    const { chain, clock, log } = this.#modules;
    const isBehind = state.status === 'CONNECTED' && state.answer && state.answer.work < chain.view().tip().work;
    if (!isBehind || this.#underWay.has(state) || (this.#pauses.get(state)?.until ?? 0) > clock.elapsed()) return;
    this.#underWay.add(state);
    try {
      const blocks = await this.#offer(state);
      if (blocks > 0) log.info({ peer: state.url, blocks }, 'gave a peer the blocks that it missed');
      this.#pause(state, blocks > 0);
    } catch (error) {
      this.#pause(state, false);
      // What is the matter with the peer shows in its next handshake; an older one does not know offers.
      if (!(error instanceof PeerError))
        log.warn({ err: error, peer: state.url }, 'an offer failed, and is made again');
    } finally {
      this.#underWay.delete(state);
    }
  }

  /** Resolves to the number of bodies sent. */
  async #offer({ client }: PeerState): Promise<number> {
    const { chain } = this.#modules;
    const { height } = chain.view().tip();
    let wanted = await client.offer(chain.view().tip());
    let blocks = 0;
    // Who asks for the same for ever does not get it: there is an end to what can be missing.
    for (let steps = 0; wanted && !wanted.isOver && steps < MIN_STEPS + height; steps++) {
      const { offer } = wanted;
      if (wanted.bodies.length > 0) {
        const bodies = this.#bodies(wanted);
        blocks += bodies.length;
        wanted = await client.sendBodies(offer, bodies);
      } else {
        const { headersAfter: locator, first } = wanted;
        const count = Math.min(first, MAX_HEADERS);
        wanted = await client.sendHeaders(offer, locator ? headersAfter(chain.view(), locator, count) : []);
      }
    }
    return blocks;
  }

  #bodies({ bodies }: Wanted): OfferedBody[] {
    const reader = this.#modules.chain.view();
    let room = MAX_BODY_BYTES;
    return bodies.slice(0, MAX_BODIES).flatMap((hash) => {
      room -= reader.header(hash)?.size ?? Infinity;
      return room < 0 ? [] : [{ hash, body: encodeBody(reader.transactions(hash)) }];
    });
  }

  #pause(state: PeerState, isUseful: boolean): void {
    const failures = isUseful ? 0 : (this.#pauses.get(state)?.failures ?? 0) + 1;
    const pause = isUseful ? 0 : Math.min(MIN_PAUSE_MS * 2 ** failures, MAX_PAUSE_MS);
    this.#pauses.set(state, { failures, until: this.#modules.clock.elapsed() + pause });
  }
}

const MAX_HEADERS = 2_000;
/** As many as a request may carry in base64, and some room. */
const MAX_BODIES = 128;
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const MIN_STEPS = 100;
const MIN_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
