import type { Clock } from '../ports.js';
import { PeerError } from '../standing.js';

/** Times that the same request is sent to a peer that has too much to do each time. */
export const MAX_ATTEMPTS = 3;

/** Asks again, after the pause that the peer wants, while it has too much to do: MAX_ATTEMPTS times in all, or until `signal` aborts. */
export async function patiently<Answer>(
  ask: () => Promise<Answer>,
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
): Promise<Answer> {
  for (let left = MAX_ATTEMPTS - 1; left > 0; left--) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof PeerError && error.retryAfterMs !== undefined)) throw error;
      await clock.sleep(error.retryAfterMs, signal);
      if (signal.aborted) throw error;
    }
  }
  return ask();
}
