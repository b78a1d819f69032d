import type { ChainReader, StoredHeader } from '../chain/chainStore.js';
import { headerWindow } from '../chain/headerTree.js';
import type { BlockHeader } from '../consensus/block.js';
import { checkHeader, type HeaderWindow } from '../consensus/headers.js';
import type { Network } from '../consensus/network.js';
import { workOf } from '../consensus/pow.js';
import { equalBytes } from '../crypto/bytes.js';
import { MisdeedError } from './standing.js';

/**
 * Headers that follow a stored block, checked by every rule that needs no body, and the work they add up to. It remembers the last
 * few only, so a run can be of any length.
 */
export class HeaderRun {
  readonly #network: Network;
  readonly #view: () => ChainReader;
  readonly #window: HeaderWindow;
  #work: bigint;

  constructor(network: Network, view: () => ChainReader, parent: StoredHeader) {
    this.#network = network;
    this.#view = view;
    this.#window = headerWindow(view(), parent);
    this.#work = parent.work;
  }

  /** Accumulated from genesis up to the last header. */
  get work(): bigint {
    return this.#work;
  }

  get last(): BlockHeader {
    return this.#window.last;
  }

  /** Throws MisdeedError at the first header that does not follow or breaks a rule. */
  append(headers: readonly BlockHeader[]): void {
    const reader = this.#view();
    for (const header of headers) {
      if (!equalBytes(header.previousHash, this.last.hash)) {
        throw new MisdeedError('malformed', `expected a header on block ${this.last.height}, got one on another`);
      }
      const fault = checkHeader(header, this.#window, this.#network);
      if (fault) throw new MisdeedError('invalidBlock', `header ${header.height}: ${fault.code}`);
      if (reader.header(header.hash)?.invalid) {
        throw new MisdeedError('invalidBlock', `header ${header.height}: found invalid before`);
      }
      this.#work += workOf(header.target);
      this.#window.append(header);
    }
  }
}
