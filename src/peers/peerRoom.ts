import type { PeerOrigin } from './peer.js';
import type { PeerState } from './peerState.js';

/**
 * Who goes for one more peer of this origin: undefined if there is room, `none` if nobody does. At the bound a learned peer makes room:
 * the one whose ban ends first, and for the operator's any.
 */
export function displacedBy(origin: PeerOrigin, peers: readonly PeerState[]): PeerState | 'none' | undefined {
  const learned = peers.filter((state) => state.origin !== 'operator');
  if (peers.length < MAX_PEERS && (origin === 'operator' || learned.length < MAX_LEARNED)) return undefined;
  const [least] = learned.sort((a, b) => (a.bannedUntil ?? Infinity) - (b.bannedUntil ?? Infinity) || 0);
  return least && (origin === 'operator' || least.status === 'BANNED') ? least : 'none';
}

export const MAX_PEERS = 128;
/** Of them those that no operator added, bans included. */
export const MAX_LEARNED = 64;
