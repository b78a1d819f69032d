import { live } from './live.js';
import { mapAsync } from './mapAsync.js';
import type { NodeConnection, Subscribe } from './nodeConnection.js';
import { BlockAddedDocument, HeadersAfterDocument, TipDocument, type HeaderFragment } from './operations.js';

/** How a feed is read. */
export interface FollowOptions {
  /** Between two questions where there is no subscription, milliseconds; 1,000 by default. */
  readonly pollMs?: number;
  /** Ends the feed. */
  readonly signal?: AbortSignal;
}

/**
 * Headers as they join the best chain from now on, none missed and none repeated, by subscription or by polling. A header that is not above
 * the one before undoes what was there: a reorganization. Throws RequestError when the node cannot be asked.
 */
export async function* followBlocks(
  { node }: { readonly node: NodeConnection },
  { pollMs = 1_000, signal }: FollowOptions = {},
): AsyncGenerator<HeaderFragment, void> {
  const { chain } = await node.request(TipDocument, {});
  // The latest first, so that a node finds where the branch that was followed leaves the best chain.
  let locator = [chain.tip.hash];
  const told = (subscribe: Subscribe): AsyncIterable<HeaderFragment> =>
    mapAsync(subscribe(BlockAddedDocument, { afterHash: locator[0]! }, signal), ({ blockAdded }) => blockAdded);
  const poll = async (ended?: AbortSignal): Promise<readonly HeaderFragment[]> =>
    (await node.request(HeadersAfterDocument, { locator, first: PAGE }, ended)).chain.headersAfter;
  const { subscribe } = node;
  for await (const header of live({ subscribe: subscribe && (() => told(subscribe)), poll }, { pollMs, signal })) {
    locator = [header.hash, ...locator].slice(0, MAX_LOCATOR);
    yield header;
  }
}

/** As many as a node gives at once, and takes. */
const PAGE = 2_000;
const MAX_LOCATOR = 101;
