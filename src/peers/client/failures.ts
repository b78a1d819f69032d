import { RequestError } from '../../client/requests.js';
import { PeerError } from '../standing.js';

/**
 * The error for a failed request. A proxy's page, or an answer of a node that is busy, out of space or of another version, proves nothing:
 * only the reason is kept.
 */
export function asPeerError(error: unknown): PeerError {
  if (!(error instanceof RequestError)) throw error;
  const { fault, status, said = 'no GraphQL answer', cause } = error;
  // poolFetch does not take the answer.
  if (cause instanceof PeerError) return cause;
  if (fault === 'timedOut') return new PeerError('timedOut', 'expected an answer before the deadline, got none');
  const connection = fault === 'unreachable' ? (cause as Error).cause : undefined;
  const reason =
    status === undefined
      ? messageOf(connection ?? error.reason)
      : `expected an answer, got HTTP ${status}: ${shown(said)}`;
  return new PeerError('unreachable', reason, { cause: error });
}

/** Whether the peer's schema lacks a field of the request. */
export function isUnknownField(error: unknown): boolean {
  if (!(error instanceof PeerError && error.cause instanceof RequestError)) return false;
  return error.cause.code === 'GRAPHQL_VALIDATION_FAILED';
}

/** What an error says, on one line; if a name has several addresses and each refuses, their common error has no message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return [...new Set(error.errors.map(messageOf))].join(', ');
  }
  return shown(error instanceof Error ? error.message : String(error));
}

/** The text on one line, without invisible characters: a peer chooses it, and it goes to the log and to terminals. */
export function shown(text: string): string {
  return text.slice(0, 300).replace(/[\p{C}\s]+/gu, ' ');
}
