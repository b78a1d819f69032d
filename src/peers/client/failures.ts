import { RequestError } from '../../client/requests.js';
import { inTurns, type Steps } from '../../util/turns.js';
import { MAX_RETRY_AFTER_MS, PeerError } from '../standing.js';

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
  if (status !== undefined) {
    const ownWords = `expected an answer, got HTTP ${status}`;
    const retryAfterMs = pauseAfter(error);
    return new PeerError('unreachable', `${ownWords}: ${shown(said)}`, { cause: error, ownWords, retryAfterMs });
  }
  const connection = fault === 'unreachable' ? ((cause as Error).cause as { readonly code?: string }) : undefined;
  const { code } = connection ?? {};
  const something = connection ? 'expected an answer, got none' : 'expected an answer of this API, got something else';
  const ownWords = code === undefined ? something : `expected a connection, got ${code}`;
  return new PeerError('unreachable', messageOf(connection ?? error.reason), { cause: error, ownWords });
}

/** How long a node that has too much to do, or more of this node than it takes, wants to be left alone; undefined for any other failure. */
function pauseAfter({ code, retryAfter = 1 }: RequestError): number | undefined {
  if (code !== 'RATE_LIMITED' && code !== 'OVERLOADED') return undefined;
  return Math.min(Math.max(1, retryAfter) * 1_000, MAX_RETRY_AFTER_MS);
}

/** Whether the peer's schema lacks a field of the request. */
export function isUnknownField(error: unknown): boolean {
  if (!(error instanceof PeerError && error.cause instanceof RequestError)) return false;
  return error.cause.code === 'GRAPHQL_VALIDATION_FAILED';
}

/** What a peer sent, read in turns; a fault in it is a PeerError `malformed`. */
export async function understood<Result>(reading: Steps<Result>): Promise<Result> {
  try {
    return await inTurns(reading);
  } catch (error) {
    throw new PeerError('malformed', `expected data of this chain, got: ${messageOf(error)}`, { cause: error });
  }
}

/** What an error says, on one line; if a name has several addresses and each refuses, their common error has no message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return [...new Set(error.errors.map(messageOf))].join(', ');
  }
  return shown(error instanceof Error ? error.message : String(error));
}

/** The text on one line, without invisible characters: a peer chooses it, and it goes to the log and to terminals. */
export function shown(text: string): string {
  return text.slice(0, 300).replace(/[\p{C}\s]+/gu, ' ');
}
