/** What a request to a peer came to when it was not an answer. */
export type PeerFault =
  /**
   * No answer of the node: no connection, or what stands before it answered (a proxy's status, redirect or page), or it says itself
   * that it cannot answer now, with a GraphQL error. None of it proves a misdeed.
   */
  | 'unreachable'
  /** No answer before the deadline. */
  | 'timedOut'
  /** GraphQL data of a shape that this API does not have, or too large: only a node that breaks the protocol sends it. */
  | 'malformed';

/** A request to a peer failed. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly fault: PeerFault;

  constructor(fault: PeerFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
