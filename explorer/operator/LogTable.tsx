import type { ReactNode } from 'react';
import type { OperatorViewQuery } from '../node/operations.js';
import { Badge, type BadgeProps } from '../parts/Badge.js';
import { Notice } from '../parts/Notice.js';
import { formatMoment } from '../text/times.js';

/** Lines of the log, the newest first. They are text, whatever a stranger made the node write. */
export function LogTable({ lines }: { readonly lines: OperatorViewQuery['log'] }): ReactNode {
  if (lines.length === 0) return <Notice kind="empty">The node remembers no line of its log.</Notice>;
  return (
    <div className="table">
      <table className="log">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Level</th>
            <th scope="col">Line</th>
          </tr>
        </thead>
        <tbody>
          {lines
            .map(({ at, level, message, details }, index) => (
              <tr key={`${at} ${index}`}>
                <td>
                  <time dateTime={at}>{formatMoment(Date.parse(at))}</time>
                </td>
                <td>
                  <Badge tone={TONES[level] ?? 'neutral'}>{level}</Badge>
                </td>
                <td className="breaking">
                  {message} {details !== '' && <code>{details}</code>}
                </td>
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}

const TONES: Readonly<Record<string, BadgeProps['tone']>> = { warn: 'waiting', error: 'bad', fatal: 'bad' };
