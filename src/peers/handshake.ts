import { PeerRefusedError, type PeerOrigin, type PeerStatus } from './peer.js';
import type { HandshakeAnswer } from './ports.js';

/** The facts about this node that a peer must share or must not share. */
export interface Identity {
  readonly ownId: string;
  /** Hexadecimal, random, new at each start. */
  readonly ownInstance: string;
  /** Hexadecimal. */
  readonly chainId: string;
  readonly protocolVersion: number;
}

/** Why a node that answered so cannot be a peer of this one; undefined if it can. */
export function handshakeRefusal(answer: HandshakeAnswer, own: Identity): PeerRefusedError | undefined {
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
  if (answer.protocolVersion === own.protocolVersion) return undefined;
  return new PeerRefusedError(
    'WRONG_CHAIN',
    `expected protocol version ${own.protocolVersion}, got ${answer.protocolVersion}`,
  );
}

/**
 * The id of a node at this address, if it is proven. An address that only strangers named must be the one that the node itself names
 * in its proof: whoever stands between could pass on the proof of another.
 */
export function provenId(answer: HandshakeAnswer, url: string, origin: PeerOrigin): string | undefined {
  return answer.proven && (origin === 'operator' || answer.publicUrl === url) ? answer.id : undefined;
}

/**
 * Whether a peer leaves its place to another address of its node: it may have moved, or the operator names it otherwise. A ban is of
 * the node, however it is called.
 */
export function yields(holder: Standing, newcomer: Standing): boolean {
  if (holder.status === 'BANNED') return false;
  return holder.status === 'UNREACHABLE' || (newcomer.origin === 'operator' && holder.origin !== 'operator');
}

interface Standing {
  readonly status: PeerStatus;
  readonly origin: PeerOrigin;
}

/** Why a node cannot be a peer at one address that is one at another, both named. */
export function duplicateRefusal(
  url: string,
  answer: HandshakeAnswer,
  holder: { readonly url: string; readonly answer: HandshakeAnswer | undefined },
): PeerRefusedError {
  const isCopy = holder.answer !== undefined && holder.answer.instance !== answer.instance;
  const what = isCopy ? 'another node with the same node.key, of which one is a copy' : 'the same node, by its id';
  return new PeerRefusedError('DUPLICATE', `expected another node at ${url} than at ${holder.url}, got ${what}`);
}
