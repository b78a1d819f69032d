/** What a request to a peer came to when it was not an answer. */
export type PeerFault =
  /** No connection: refused, reset, no such host. */
  | 'unreachable'
  /** No answer before the deadline. */
  | 'timedOut'
  /** An answer that is not one of this API: HTTP status, GraphQL error, wrong shape, too large. */
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
