import type { ReactNode } from 'react';
import { useNow } from '../node/useNow.js';
import { formatAge, formatTime } from '../text/times.js';

/** How long ago something was, kept up to date; its title has the time itself. */
export function Age({ at }: { readonly at: string }): ReactNode {
  const time = Date.parse(at);
  const now = useNow();
  // The clock of the page ticks once a second: a time just after its last tick is not in the future.
  const seen = time > now && time < now + TICKS_MS ? time : now;
  return (
    <time dateTime={at} title={formatTime(time)}>
      {formatAge(time, seen)}
    </time>
  );
}

const TICKS_MS = 2_000;
