/**
 * Milliseconds until the next handshake with a peer that left so many in a row unanswered, and last answered `awayMs` ago: a
 * hundredth of its absence at most, so that a short partition is over soon after it ended, and a long one costs little meanwhile.
 */
export function retryPause(failures: number, awayMs: number): number {
  const longest = Math.min(Math.max(awayMs / 100, SHORT_RETRY_MS), MAX_RETRY_MS);
  return Math.min(RETRY_MS * 2 ** Math.min(failures, 10), longest);
}

const RETRY_MS = 500;
const SHORT_RETRY_MS = 4_000;
const MAX_RETRY_MS = 60_000;
