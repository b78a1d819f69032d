import type { ReactNode } from 'react';
import { formatTime } from '../text/times.js';
import { Age } from './Age.js';

/** A time in full, and how long ago it was. */
export function Timestamp({ at }: { readonly at: string }): ReactNode {
  return (
    <>
      {formatTime(Date.parse(at))}{' '}
      <span className="aside">
        <Age at={at} />
      </span>
    </>
  );
}
