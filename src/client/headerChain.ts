import type { BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import { workOf } from '../consensus/pow.js';
import type { Rejection } from '../consensus/rejection.js';
import { checkHeader, checkNotFromFuture, HeaderWindow } from '../consensus/headers.js';
import { equalBytes, toHex } from '../crypto/bytes.js';

/**
 * A chain of headers from the genesis block on, each checked by every rule that needs no body: linkage, proof of work, the target of the
 * schedule, median time. Whoever serves it cannot invent one without doing its work. Only the last eleven are remembered.
 */
export class HeaderChain {
  readonly #network: Network;
  readonly #window: HeaderWindow;
  #work: bigint;

  constructor(network: Network) {
    const genesis = network.genesis.header;
    this.#network = network;
    this.#window = new HeaderWindow([genesis]);
    this.#work = workOf(genesis.target);
  }

  get tip(): BlockHeader {
    return this.#window.last;
  }

  /** Accumulated from genesis: of two chains, the one with more is the better. */
  get work(): bigint {
    return this.#work;
  }

  /** Adds the next header, or says which rule it breaks and adds nothing. `now`, in milliseconds, is your own clock. */
  append(header: BlockHeader, now: number): Rejection | undefined {
    if (!equalBytes(header.previousHash, this.tip.hash)) {
      return { code: 'UNKNOWN_PARENT', parent: toHex(header.previousHash) };
    }
    const rejection = checkHeader(header, this.#window, this.#network) ?? checkNotFromFuture(header, this.#window, now);
    if (rejection) return rejection;
    this.#window.append(header);
    this.#work += workOf(header.target);
    return undefined;
  }
}
