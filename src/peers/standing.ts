import type { Rejection } from '../consensus/rejection.js';

/** At or below this standing a peer is banned. */
export const BAN_STANDING = -100;
export const BAN_MS = 60 * 60 * 1000;

/** The reasons to blame a peer. Consensus names the fault of a block; only this file decides whether the peer is to blame for it. */
export type PeerMisdeed =
  /**
   * No answer of the node: no connection, or what stands before it answered (a proxy's status, redirect or page), or it says itself
   * that it cannot answer now, with a GraphQL error. None of it proves anything.
   */
  | 'unreachable'
  /** No answer before the deadline. */
  | 'timedOut'
  /** GraphQL data of a shape that this API does not have, or too large: only a node that breaks the protocol sends it. */
  | 'malformed'
  /** Served a block or a header whose own hash commits to a broken rule. */
  | 'invalidBlock'
  /** Served a body that does not belong to its header. */
  | 'wrongBody'
  /** Passed on a transaction whose own bytes break a rule, such as one with a forged signature: an honest node checks before it passes on. */
  | 'invalidTransaction'
  /** Showed more work in its handshake than its headers hold. */
  | 'claimedWork'
  /** Has blocks that are ahead of this node's clock: whose clock is wrong is not known. */
  | 'tooEarly'
  /** Has what this node cannot use yet, or has it no more: honest nodes do that. */
  | 'staleView';

/** Points of standing that a misdeed costs: much for what is proven, little for silence, nothing for what honest nodes do. */
export function penaltyOf(misdeed: PeerMisdeed): number {
  switch (misdeed) {
    case 'invalidBlock':
      return 100;
    case 'wrongBody':
      return 50;
    case 'claimedWork':
    case 'invalidTransaction':
      return 20;
    case 'malformed':
      return 10;
    case 'timedOut':
      return 1;
    case 'unreachable':
    case 'tooEarly':
    case 'staleView':
      return 0;
  }
}

/** What a node does that passes on what is refused with this; undefined where an honest node may. */
export function provenBy(content: 'block' | 'transaction', { code }: Pick<Rejection, 'code'>): PeerMisdeed | undefined {
  if (!PROVABLE.has(code)) return undefined;
  return content === 'block' ? 'invalidBlock' : 'invalidTransaction';
}

/** Broken by the bytes themselves, whatever the receiver knows. */
const PROVABLE: ReadonlySet<Rejection['code']> = new Set([
  'MALFORMED',
  'INVALID_AMOUNT',
  'INVALID_SIGNATURE',
  'INVALID_PROOF_OF_WORK',
  'INVALID_TARGET',
  'INVALID_TRANSACTIONS_ROOT',
  'INVALID_TRANSACTION',
  'INVALID_PARENT',
  'BLOCK_TOO_LARGE',
]);

/** Whether a peer did not answer at all: nothing is proven by that. */
export function isSilence(misdeed: PeerMisdeed): misdeed is 'timedOut' | 'unreachable' {
  return misdeed === 'unreachable' || misdeed === 'timedOut';
}

/** The longest that a peer is waited for that has too much to do, whatever it asks for. */
export const MAX_RETRY_AFTER_MS = 30_000;

export interface PeerErrorOptions extends ErrorOptions {
  readonly ownWords?: string;
  readonly retryAfterMs?: number | undefined;
}

/** A request to a peer failed, or a peer served what no honest node serves, or what this node cannot use yet. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly misdeed: PeerMisdeed;
  /** The message without any word that the other side chose. */
  readonly ownWords: string;
  /** How long the peer is to be left alone, since it has too much to do; at most MAX_RETRY_AFTER_MS. Undefined if that is not why. */
  readonly retryAfterMs: number | undefined;

  constructor(misdeed: PeerMisdeed, message: string, options: PeerErrorOptions = {}) {
    super(message, options);
    this.misdeed = misdeed;
    this.ownWords = options.ownWords ?? message;
    this.retryAfterMs = options.retryAfterMs;
  }
}
