import type { CurrentChain } from '../chain/chainStore.js';
import { developmentNetwork, type Network } from '../consensus/network.js';
import { MEDIAN_TIME_BLOCKS } from '../consensus/headers.js';
import { equalBytes } from '../crypto/bytes.js';
import type { PulseReading } from '../graphql/services.js';

/** With blocks at random moments a pause of so many intervals comes once in three million blocks. */
const INTERVALS = 15;
const MIN_STANDSTILL_MS = 60_000;

export interface PulseModules {
  readonly chain: CurrentChain;
  /** Somebody can bring a block: this node mines, or has peers. */
  readonly isExpecting: () => boolean;
  readonly clock: { now(): number; elapsed(): number };
  readonly log: { info(details: object, message: string): void; warn(details: object, message: string): void };
}

/**
 * Notices that a chain stands still: no block for INTERVALS times as long as blocks take, and for MIN_STANDSTILL_MS at least. How long they
 * take is what the network aims at, or what the last eleven took where that is longer. A chain that has never begun does not stand
 * still, nor does the development network without a miner and without peers: there blocks come on demand.
 */
export class Pulse {
  readonly #network: Network;
  readonly #modules: PulseModules;
  readonly #startedAt: number;
  #lastBlockAt: number;
  /** The same as the clock that never jumps has it. */
  #since: number;
  #isLogged = false;

  constructor({ network }: { readonly network: Network }, modules: PulseModules) {
    const { chain, clock } = modules;
    this.#network = network;
    this.#modules = modules;
    this.#startedAt = clock.elapsed();
    this.#lastBlockAt = Math.min(chain.tip().timestamp, clock.now());
    this.#since = clock.elapsed() - (clock.now() - this.#lastBlockAt);
  }

  /** The node has a new tip. */
  beat(): void {
    const { chain, clock, log } = this.#modules;
    const standstill = clock.elapsed() - this.#since;
    this.#lastBlockAt = clock.now();
    this.#since = clock.elapsed();
    if (!this.#isLogged) return;
    this.#isLogged = false;
    const { height } = chain.tip();
    log.info({ height, secondsWithoutBlock: inSeconds(standstill) }, 'the chain goes on');
  }

  read(): PulseReading {
    const quiet = this.#modules.clock.elapsed() - this.#since;
    const shortest = Math.max(MIN_STANDSTILL_MS, INTERVALS * this.#network.blockIntervalMs);
    return {
      lastBlockAt: this.#lastBlockAt,
      secondsSinceBlock: inSeconds(quiet),
      // What is seldom asked for costs a look at eleven headers; nearly always the first glance is enough.
      standstill: quiet >= shortest && this.#isExpected() && quiet >= INTERVALS * this.#interval(),
    };
  }

  /** Logs when a standstill begins; after a start, once others had time to bring blocks. Call it every second or so. */
  tick(): void {
    const { chain, clock, log } = this.#modules;
    if (this.#isLogged || clock.elapsed() - this.#startedAt < MIN_STANDSTILL_MS) return;
    const { secondsSinceBlock, standstill } = this.read();
    if (!standstill) return;
    this.#isLogged = true;
    const { height } = chain.tip();
    log.warn(
      { height, secondsSinceBlock, expectedSeconds: inSeconds(this.#interval()) },
      'the chain stands still: no block for long',
    );
  }

  #isExpected(): boolean {
    const { chain, isExpecting } = this.#modules;
    if (chain.tip().height === 0) return false;
    return isExpecting() || !equalBytes(this.#network.chainId, developmentNetwork().chainId);
  }

  /** Milliseconds from block to block: the median of the last ones, so that one long pause changes little. */
  #interval(): number {
    const { chain } = this.#modules;
    const from = Math.max(1, chain.tip().height - MEDIAN_TIME_BLOCKS);
    const headers = chain.read((reader) => reader.headersFrom(from, MEDIAN_TIME_BLOCKS + 1));
    const spacings = headers.slice(1).map(({ timestamp }, index) => timestamp - headers[index]!.timestamp);
    const median = spacings.sort((a, b) => a - b)[spacings.length >> 1] ?? 0;
    return Math.max(median, this.#network.blockIntervalMs);
  }
}

function inSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
