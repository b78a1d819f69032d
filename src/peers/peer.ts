import type { RejectionCode } from '../consensus/rejection.js';
import type { HandshakeAnswer } from './ports.js';

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

/**
 * addPeer refuses: this node itself or its double, a node of another chain or that is not listed where only listed ones are dealt with, a
 * peer at a second address, too many peers.
 */
export class PeerRefusedError extends Error {
  override readonly name = 'PeerRefusedError';
  readonly code: 'SELF' | 'COPIED_KEY' | 'WRONG_CHAIN' | 'NOT_A_MEMBER' | 'DUPLICATE' | 'PEER_LIMIT';

  constructor(code: PeerRefusedError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The facts about this node that a peer must share or must not share. */
export interface Identity {
  readonly ownId: string;
  /** Hexadecimal, random, new at each start. */
  readonly ownInstance: string;
  /** Hexadecimal. */
  readonly chainId: string;
  readonly protocolVersion: number;
  /** Whether this node deals with the node of a proven id, or with one that proved none. */
  readonly isMember: (id: string | undefined) => boolean;
}

/** Why a node that answered so, and proved this id if any, cannot be a peer of this one; undefined if it can. */
export function handshakeRefusal(
  answer: HandshakeAnswer,
  id: string | undefined,
  own: Identity,
): PeerRefusedError | undefined {
  if (answer.instance === own.ownInstance) {
    return new PeerRefusedError('SELF', 'expected another node, got this node itself');
  }
  if (answer.proven && answer.id === own.ownId) {
    return new PeerRefusedError(
      'COPIED_KEY',
      "expected another node, got one with a copy of this node's node.key: stop one of the two, delete node.key in its data folder, and start it again",
    );
  }
  if (answer.chainId !== own.chainId) {
    return new PeerRefusedError('WRONG_CHAIN', `expected a node of chain ${own.chainId}, got one of ${answer.chainId}`);
  }
  if (answer.protocolVersion !== own.protocolVersion) {
    return new PeerRefusedError(
      'WRONG_CHAIN',
      `expected protocol version ${own.protocolVersion}, got ${answer.protocolVersion}`,
    );
  }
  if (own.isMember(id)) return undefined;
  const got = id ?? 'one that did not prove its id';
  return new PeerRefusedError('NOT_A_MEMBER', `expected a node that is listed in --peers-only, got ${got}`);
}

/**
 * The id of a node at this address, if it is proven. An address that only strangers named must be the one that the node itself names
 * in its proof: whoever stands between could pass on the proof of another.
 */
export function provenId(answer: HandshakeAnswer, url: string, origin: PeerOrigin): string | undefined {
  return answer.proven && (origin === 'operator' || answer.publicUrl === url) ? answer.id : undefined;
}

/**
 * Why a node cannot be a peer at a second address; undefined if its peer at the first leaves its place: the node may have moved, or the
 * operator names it otherwise. A ban is of the node, however it is called.
 */
export function duplicateRefusal(newcomer: Greeted, holder: Greeted): PeerRefusedError | undefined {
  const isTaken = newcomer.origin === 'operator' && holder.origin !== 'operator';
  if (holder.status === 'UNREACHABLE' || (isTaken && holder.status !== 'BANNED')) return undefined;
  const isCopy = holder.answer !== undefined && holder.answer.instance !== newcomer.answer?.instance;
  const got = isCopy ? 'another node with the same node.key, of which one is a copy' : 'the same node, by its id';
  return new PeerRefusedError(
    'DUPLICATE',
    `expected another node at ${newcomer.url} than at ${holder.url}, got ${got}`,
  );
}

interface Greeted extends Pick<Peer, 'url' | 'status'> {
  readonly origin: PeerOrigin;
  readonly answer: HandshakeAnswer | undefined;
}
