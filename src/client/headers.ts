import type { BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import { workOf } from '../consensus/pow.js';
import { MAX_HEADERS } from '../consensus/protocol.js';
import type { Rejection } from '../consensus/rejection.js';
import { checkHeader, checkNotFromFuture, HeaderWindow } from '../consensus/headers.js';
import { equalBytes, toHex } from '../crypto/bytes.js';
import type { NodeConnection } from './correnteClient.js';
import { HeadersAfterDocument } from './operations/public.js';
import { readHeader } from './codec.js';

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

export interface SyncHeadersOptions {
  /** Goes on from its tip. */
  readonly chain: HeaderChain;
  readonly network: Network;
  /** Your own clock, milliseconds since 1970. */
  readonly now: number;
  /** Called with each header that was added. */
  readonly found?: (header: BlockHeader) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Adds the headers of the node's best chain, in pages, up to its tip; resolves to the rule that one breaks, and stops there. UNKNOWN_PARENT
 * also says that the tip of `chain` left the best chain: start a new one. Rejects with RequestError; throws RangeError on malformed
 * headers.
 */
export async function syncHeaders(
  { node }: { readonly node: NodeConnection },
  { chain, network, now, found, signal }: SyncHeadersOptions,
): Promise<Rejection | undefined> {
  for (;;) {
    const variables = { locator: [toHex(chain.tip.hash)], first: MAX_HEADERS };
    const { headersAfter } = (await node.request(HeadersAfterDocument, variables, signal)).chain;
    for (const fields of headersAfter) {
      const header = readHeader(network, fields);
      const rejection = chain.append(header, now);
      if (rejection) return rejection;
      found?.(header);
    }
    if (headersAfter.length < MAX_HEADERS) return undefined;
  }
}
