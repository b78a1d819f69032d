import { MAX_HEADERS, MAX_LOCATOR_HASHES } from '../consensus/protocol.js';
import { live, mapAsync } from './live.js';
import type { NodeConnection } from './correnteClient.js';
import {
  BlockAddedDocument,
  type HeaderFragment,
  HeadersAfterDocument,
  PeerChangedDocument,
  type PeerFieldsFragment,
  PeersDocument,
  PendingTransactionsDocument,
  TipDocument,
  TransactionAddedDocument,
  type TransferFragment,
} from './operations/public.js';

/** A transaction that is forgotten may be reported twice, but only by polling. */
const MAX_SEEN = 4_096;

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
  const told = () =>
    mapAsync(node.subscribe!(BlockAddedDocument, { afterHash: locator[0]! }, signal), ({ blockAdded }) => blockAdded);
  const poll = async (ended?: AbortSignal) =>
    (await node.request(HeadersAfterDocument, { locator, first: MAX_HEADERS }, ended)).chain.headersAfter;
  for await (const header of live({ subscribe: node.subscribe && told, poll }, { pollMs, signal })) {
    locator = [header.hash, ...locator].slice(0, MAX_LOCATOR_HASHES);
    yield header;
  }
}

/**
 * The node's peers, each as it is now and again whenever its status, height, standing or version has changed, by subscription or by polling.
 * One that was removed comes once more with the status REMOVED. Throws RequestError when the node cannot be asked.
 */
export async function* followPeers(
  { node }: { readonly node: NodeConnection },
  { pollMs = 1_000, signal }: FollowOptions = {},
): AsyncGenerator<PeerFieldsFragment, void> {
  const known = new Map<string, PeerFieldsFragment>();
  const poll = async (ended?: AbortSignal) => {
    const { peers } = await node.request(PeersDocument, {}, ended);
    const urls = new Set(peers.map(({ url }) => url));
    const removed = [...known.values()].filter(({ url }) => !urls.has(url));
    return [...removed.map((peer) => ({ ...peer, status: 'REMOVED' as const })), ...peers];
  };
  const told = async function* () {
    yield* await poll();
    for await (const { peerChanged } of node.subscribe!(PeerChangedDocument, {}, signal)) yield peerChanged;
  };
  for await (const peer of live<PeerFieldsFragment>({ subscribe: node.subscribe && told, poll }, { pollMs, signal })) {
    if (digest(known.get(peer.url)) === digest(peer)) continue;
    if (peer.status === 'REMOVED') known.delete(peer.url);
    else known.set(peer.url, peer);
    yield peer;
  }
}

/** The fields whose change is reported: round trip and time of the last answer change all the time. */
function digest(peer: PeerFieldsFragment | undefined): string | undefined {
  return peer && [peer.status, peer.height, peer.standing, peer.version].join();
}

/**
 * Transactions as they enter the mempool of the node from now on, by subscription or by polling; polling sees only those that are among the
 * next hundred to be mined when it asks. Throws RequestError when the node cannot be asked.
 */
export async function* followTransactions(
  { node }: { readonly node: NodeConnection },
  { pollMs = 1_000, signal }: FollowOptions = {},
): AsyncGenerator<TransferFragment, void> {
  const poll = async (ended?: AbortSignal) =>
    (await node.request(PendingTransactionsDocument, {}, ended)).mempool.transactions.nodes;
  const told = () =>
    mapAsync(node.subscribe!(TransactionAddedDocument, {}, signal), ({ transactionAdded }) => transactionAdded);
  const seen = new Set((await poll()).map(({ id }) => id));
  for await (const transaction of live({ subscribe: node.subscribe && told, poll }, { pollMs, signal })) {
    if (seen.has(transaction.id)) continue;
    seen.add(transaction.id);
    // A set keeps the order of insertion: the one that was seen first goes.
    for (const id of seen) if (seen.size > MAX_SEEN) seen.delete(id);
    yield transaction;
  }
}
