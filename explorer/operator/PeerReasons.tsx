import type { ReactNode } from 'react';
import type { PeerFieldsFragment } from '../../src/client/client.js';
import { nameOf, TONES } from '../pages/PeerTable.js';
import { Age } from '../parts/Age.js';
import { Badge } from '../parts/Badge.js';
import { Notice } from '../parts/Notice.js';
import { formatCount } from '../text/numbers.js';

/** Peers, and why each is as it is: those that want a look first. */
export function PeerReasons({ peers }: { readonly peers: readonly PeerFieldsFragment[] }): ReactNode {
  if (peers.length === 0) return <Notice kind="empty">This node has no peer.</Notice>;
  const ordered = [...peers].sort((a, b) => a.standing - b.standing || b.consecutiveFailures - a.consecutiveFailures);
  return (
    <div className="table">
      <table>
        <thead>
          <tr>
            <th scope="col">Peer</th>
            <th scope="col">State</th>
            <th scope="col" className="number">
              Standing
            </th>
            <th scope="col" className="number">
              Queued
            </th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map(({ url, status, standing, queued, lastError, bannedUntil, consecutiveFailures }) => (
            <tr key={url}>
              <th scope="row" className="breaking" title={url}>
                {nameOf(url)}
              </th>
              <td>
                <Badge tone={TONES[status]}>{status.toLowerCase()}</Badge>
              </td>
              <td className="number">{standing}</td>
              <td className="number">{formatCount(queued)}</td>
              <td className="breaking">
                {lastError ?? '–'}
                {consecutiveFailures > 0 && (
                  <span className="aside">
                    {' '}
                    {formatCount(consecutiveFailures)} {consecutiveFailures === 1 ? 'failure' : 'failures in a row'}
                  </span>
                )}
                {bannedUntil !== null && (
                  <span className="aside">
                    {' '}
                    the ban ends <Age at={bannedUntil} />
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
