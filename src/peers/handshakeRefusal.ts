import { PeerRefusedError } from './peer.js';
import type { HandshakeAnswer } from './ports.js';

/** What this node is, as far as another must differ or be the same. */
export interface Identity {
  readonly ownId: string;
  /** Hexadecimal. */
  readonly chainId: string;
  readonly protocolVersion: number;
}

/** Why a node that answered so cannot be a peer of this one; undefined if it can. */
export function handshakeRefusal(answer: HandshakeAnswer, own: Identity): PeerRefusedError | undefined {
  if (answer.id === own.ownId) return new PeerRefusedError('SELF', 'expected another node, got this node itself');
  if (answer.chainId !== own.chainId) {
    return new PeerRefusedError('WRONG_CHAIN', `expected a node of chain ${own.chainId}, got one of ${answer.chainId}`);
  }
  if (answer.protocolVersion === own.protocolVersion) return undefined;
  return new PeerRefusedError(
    'WRONG_CHAIN',
    `expected protocol version ${own.protocolVersion}, got ${answer.protocolVersion}`,
  );
}
