import type { FollowOptions } from './followBlocks.js';
import { live } from './live.js';
import { mapAsync } from './mapAsync.js';
import type { NodeConnection, Subscribe } from './nodeConnection.js';
import { PeerChangedDocument, PeersDocument, type PeerFieldsFragment } from './operations.js';

/**
 * The node's peers, each as it is now and again whenever its status, height, standing or version has changed, by subscription or by polling.
 * One that was removed comes once more with the status REMOVED. Throws RequestError when the node cannot be asked.
 */
export async function* followPeers(
  { node }: { readonly node: NodeConnection },
  { pollMs = 1_000, signal }: FollowOptions = {},
): AsyncGenerator<PeerFieldsFragment, void> {
  const known = new Map<string, PeerFieldsFragment>();
  const poll = async (ended?: AbortSignal): Promise<readonly PeerFieldsFragment[]> => {
    const { peers } = await node.request(PeersDocument, {}, ended);
    const urls = new Set(peers.map(({ url }) => url));
    const removed = [...known.values()].filter(({ url }) => !urls.has(url));
    return [...removed.map((peer) => ({ ...peer, status: 'REMOVED' as const })), ...peers];
  };
  const told = async function* (subscribe: Subscribe): AsyncGenerator<PeerFieldsFragment, void> {
    yield* await poll();
    yield* mapAsync(subscribe(PeerChangedDocument, {}, signal), ({ peerChanged }) => peerChanged);
  };
  const { subscribe } = node;
  for await (const peer of live({ subscribe: subscribe && (() => told(subscribe)), poll }, { pollMs, signal })) {
    if (digest(known.get(peer.url)) === digest(peer)) continue;
    if (peer.status === 'REMOVED') known.delete(peer.url);
    else known.set(peer.url, peer);
    yield peer;
  }
}

/** What is worth telling: round trip and time of the last answer change all the time. */
function digest(peer: PeerFieldsFragment | undefined): string | undefined {
  return peer && [peer.status, peer.height, peer.standing, peer.version].join();
}
