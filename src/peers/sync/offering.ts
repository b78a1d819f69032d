import { headersAfter } from '../../chain/branches.js';
import type { CurrentChain } from '../../chain/chainStore.js';
import { encodeBody } from '../../consensus/block.js';
import { MAX_BODIES, MAX_BODIES_BYTES, MAX_HEADERS } from '../../consensus/protocol.js';
import type { PeerState } from '../peerState.js';
import type { Clock, Log, OfferedBody, Wanted } from '../ports.js';
import { PeerError } from '../standing.js';

const MIN_STEPS = 100;
const MIN_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

export interface OfferingModules {
  readonly chain: CurrentChain;
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly log: Log;
}

/** The last offer to a peer. It has helped once the peer shows more work than before it. */
interface Last {
  /** Bodies that were sent. */
  readonly blocks: number;
  /** The peer's own claim at that time. */
  readonly work: bigint;
  /** Offers in a row that have not helped, as far as it has shown. */
  readonly failures: number;
  /** When the next one may be made. */
  readonly until: number;
}

/**
 * Offers this node's best chain to peers that show less work, so that they follow also where they have no way to this node: it may stand behind
 * NAT, or have no public URL. A peer that has it already, or is fetching a branch, says so at once. One offer at a time to each peer;
 * one after which the peer shows no more work than before is made again after a while, ever longer.
 */
export class Offering {
  readonly #modules: OfferingModules;
  readonly #underWay = new WeakSet<PeerState>();
  readonly #last = new WeakMap<PeerState, Last>();

  constructor(modules: OfferingModules) {
    this.#modules = modules;
  }

  /** Offers it if the peer's last handshake showed less work. Never rejects. */
  async consider(state: PeerState): Promise<void> {
    const { chain, clock, log } = this.#modules;
    const { answer } = state;
    if (state.status !== 'CONNECTED' || !answer || this.#underWay.has(state)) return;
    this.#settle(state, answer.work);
    const isPausing = (this.#last.get(state)?.until ?? 0) > clock.elapsed();
    if (isPausing || answer.work >= chain.tip().work) return;
    this.#underWay.add(state);
    let blocks = 0;
    try {
      blocks = await this.#offer(state);
    } catch (error) {
      // The next handshake shows what is wrong with the peer; an older version does not know offers.
      if (!(error instanceof PeerError))
        log.warn({ err: error, peer: state.url }, 'an offer failed, and is made again');
    } finally {
      this.#underWay.delete(state);
    }
    const failures = (this.#last.get(state)?.failures ?? 0) + 1;
    const until = clock.elapsed() + Math.min(MIN_PAUSE_MS * 2 ** failures, MAX_PAUSE_MS);
    this.#last.set(state, { blocks, work: answer.work, failures, until });
  }

  /** Bodies may have been sent in vain: only the peer's next handshake shows that. */
  #settle(state: PeerState, work: bigint): void {
    const last = this.#last.get(state);
    if (!last || last.blocks === 0 || work <= last.work) return;
    this.#last.delete(state);
    this.#modules.log.info({ peer: state.url, blocks: last.blocks }, 'gave a peer the blocks that it missed');
  }

  /** Resolves to the number of bodies sent. */
  async #offer({ client }: PeerState): Promise<number> {
    const { chain } = this.#modules;
    const { height } = chain.tip();
    let wanted = await client.offer(chain.tip());
    let blocks = 0;
    // A peer that asks for the same again and again is cut off: only so much can be missing.
    for (let steps = 0; wanted && !wanted.isOver && steps < MIN_STEPS + height; steps++) {
      const { offer } = wanted;
      if (wanted.bodies.length > 0) {
        const bodies = this.#bodies(wanted);
        blocks += bodies.length;
        wanted = await client.sendBodies(offer, bodies);
      } else {
        const { headersAfter: locator, first } = wanted;
        const count = Math.min(first, MAX_HEADERS);
        wanted = await client.sendHeaders(
          offer,
          locator ? chain.read((reader) => headersAfter(reader, locator, count)) : [],
        );
      }
    }
    return blocks;
  }

  #bodies({ bodies }: Wanted): OfferedBody[] {
    let room = MAX_BODIES_BYTES;
    return this.#modules.chain.read((reader) =>
      bodies.slice(0, MAX_BODIES).flatMap((hash) => {
        room -= reader.header(hash)?.size ?? Infinity;
        return room < 0 ? [] : [{ hash, body: encodeBody(reader.transactions(hash)) }];
      }),
    );
  }
}
