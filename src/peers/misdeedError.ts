import type { PeerMisdeed } from './standing.js';

/** A peer served what no honest node serves, or what this node cannot use yet. */
export class MisdeedError extends Error {
  override readonly name = 'MisdeedError';
  readonly misdeed: PeerMisdeed;

  constructor(misdeed: PeerMisdeed, message: string) {
    super(message);
    this.misdeed = misdeed;
  }
}
