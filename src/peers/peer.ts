import type { RejectionCode } from '../consensus/rejection.js';

/*
 * The peers' room. This level holds what its four rooms share: the peer and its status, the list of peers (PeerSet), standing, addresses,
 * ports. client speaks to one peer, discovery finds peers, sync fetches branches, relay passes on news. They import this level, and each
 * other one way only: relay → sync → client. discovery imports none of them.
 */

export type PeerStatus = 'CONNECTING' | 'CONNECTED' | 'UNREACHABLE' | 'INCOMPATIBLE' | 'BANNED';

/** An event that can change the status of a peer. */
export type StatusEvent =
  /** A handshake showed that it can be a peer of this node. */
  | 'accepted'
  /** A handshake showed that it cannot. */
  | 'refused'
  /** It answered another request, and its last handshake was accepted. */
  | 'answered'
  /** It did not answer a request. */
  | 'silent'
  /** It answered a handshake with malformed data. */
  | 'malformed'
  | 'banned'
  /** Its ban is over. */
  | 'pardoned';

/** The status after an event: every change of a status is decided here. */
export function nextStatus(status: PeerStatus, event: StatusEvent): PeerStatus {
  // A ban outlasts what was under way when it began.
  if (status === 'BANNED') return event === 'pardoned' ? 'CONNECTING' : 'BANNED';
  switch (event) {
    case 'accepted':
      return 'CONNECTED';
    case 'refused':
      return 'INCOMPATIBLE';
    case 'answered':
      return status === 'INCOMPATIBLE' ? status : 'CONNECTED';
    case 'silent':
      return 'UNREACHABLE';
    case 'malformed':
      return status === 'CONNECTING' ? 'UNREACHABLE' : status;
    case 'banned':
      return 'BANNED';
    case 'pardoned':
      return status;
  }
}

/**
 * Why a node is a peer: its operator added it, and it stays until he removes it; this node drew it from its address book; or it
 * made itself known.
 */
export type PeerOrigin = 'operator' | 'chosen' | 'announced';

/** A peer, as this node knows it. */
export interface Peer {
  /** Its GraphQL endpoint, normalised: the peer's name in this node. */
  readonly url: string;
  readonly status: PeerStatus;
  readonly height?: number | undefined;
  readonly version?: string | undefined;
  /** Milliseconds since 1970. */
  readonly lastSeen?: number | undefined;
  /** Median round trip of the last requests. */
  readonly latencyMs?: number | undefined;
  readonly consecutiveFailures: number;
  /** 0 at first; faults lower it, and at BAN_STANDING the peer is banned. */
  readonly standing: number;
  readonly bannedUntil?: number | undefined;
  /** Why it is not connected, or what it is blamed for. */
  readonly lastError?: string | undefined;
  /** Messages that wait to be sent to it. */
  readonly queued: number;
}

export type DeliveryOutcome = 'ACCEPTED' | 'ALREADY_KNOWN' | 'DECLINED' | 'UNREACHABLE' | 'TIMED_OUT';

/** The answer of a peer to one transaction or block. */
export interface Delivery {
  readonly peer: Peer;
  readonly outcome: DeliveryOutcome;
  readonly rejected?: RemoteRejection | undefined;
  readonly latencyMs?: number | undefined;
}

/** A rejection as another node words it: the code is data, the message is for people. */
export interface RemoteRejection {
  readonly code: RejectionCode;
  readonly message: string;
}

/** addPeer refuses: this node itself or its double, a node of another chain, a peer at a second address, too many peers. */
export class PeerRefusedError extends Error {
  override readonly name = 'PeerRefusedError';
  readonly code: 'SELF' | 'COPIED_KEY' | 'WRONG_CHAIN' | 'DUPLICATE' | 'PEER_LIMIT';

  constructor(code: PeerRefusedError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
