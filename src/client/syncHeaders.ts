import type { BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import type { Rejection } from '../consensus/rejection.js';
import { toHex } from '../crypto/bytes.js';
import type { HeaderChain } from './headerChain.js';
import type { NodeConnection } from './nodeConnection.js';
import { HeadersAfterDocument } from './operations.js';
import { readHeader } from './readHeader.js';

export interface SyncHeadersOptions {
  /** Goes on from its tip. */
  readonly chain: HeaderChain;
  readonly network: Network;
  /** Your own clock, milliseconds since 1970. */
  readonly now: number;
  /** Called with each header that was added. */
  readonly found?: (header: BlockHeader) => void;
}

/**
 * Adds the headers of the node's best chain, in pages, up to its tip; resolves to the rule that one breaks, and stops there. UNKNOWN_PARENT
 * also says that the tip of `chain` left the best chain: start a new one. Rejects with RequestError; throws RangeError on headers that are
 * none.
 */
export async function syncHeaders(
  { chain, network, now, found }: SyncHeadersOptions,
  { node }: { readonly node: NodeConnection },
  signal?: AbortSignal,
): Promise<Rejection | undefined> {
  for (;;) {
    const variables = { locator: [toHex(chain.tip.hash)], first: PAGE };
    const { headersAfter } = (await node.request(HeadersAfterDocument, variables, signal)).chain;
    for (const fields of headersAfter) {
      const header = readHeader(network, fields);
      const rejection = chain.append(header, now);
      if (rejection) return rejection;
      found?.(header);
    }
    if (headersAfter.length < PAGE) return undefined;
  }
}

/** As many as a node gives at once. */
const PAGE = 2_000;
