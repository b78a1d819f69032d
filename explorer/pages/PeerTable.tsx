import type { ReactNode } from 'react';
import type { PeerFieldsFragment, PeerStatus } from '../../src/client/client.js';
import { Age } from '../parts/Age.js';
import { Badge, type BadgeProps } from '../parts/Badge.js';
import { formatCount } from '../text/numbers.js';

export interface PeerTableProps {
  readonly peers: readonly PeerFieldsFragment[];
  /** URL of the highlighted peer. */
  readonly selected: string | undefined;
  readonly onSelect: (url: string) => void;
}

/** Peers, one a line. */
export function PeerTable({ peers, selected, onSelect }: PeerTableProps): ReactNode {
  return (
    <div className="table">
      <table>
        <thead>
          <tr>
            <th scope="col">Peer</th>
            <th scope="col">State</th>
            <th scope="col" className="number">
              Height
            </th>
            <th scope="col" className="number">
              Latency
            </th>
            <th scope="col" className="number">
              Standing
            </th>
            <th scope="col" className="number roomy">
              Failures
            </th>
            <th scope="col" className="number roomy">
              Queued
            </th>
            <th scope="col" className="roomy">
              Seen
            </th>
          </tr>
        </thead>
        <tbody>
          {peers.map((peer) => (
            <tr key={peer.url} aria-selected={peer.url === selected} onClick={() => onSelect(peer.url)}>
              <th scope="row" title={peer.version === null ? peer.url : `${peer.url}, version ${peer.version}`}>
                <a className="breaking" href={peer.url.replace(/graphql$/, '')} rel="noreferrer">
                  {nameOf(peer.url)}
                </a>
              </th>
              <td>
                <Badge tone={TONES[peer.status]}>{peer.status.toLowerCase()}</Badge>
                {peer.bannedUntil !== null && (
                  <span className="aside">
                    {' '}
                    ends <Age at={peer.bannedUntil} />
                  </span>
                )}
              </td>
              <td className="number">{peer.height === null ? '–' : formatCount(peer.height)}</td>
              <td className="number">{peer.latencyMs === null ? '–' : `${formatCount(peer.latencyMs)} ms`}</td>
              <td className="number">{peer.standing}</td>
              <td className="number roomy">{formatCount(peer.consecutiveFailures)}</td>
              <td className="number roomy">{formatCount(peer.queued)}</td>
              <td className="roomy">{peer.lastSeen === null ? 'never' : <Age at={peer.lastSeen} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A URL without the parts that nearly all URLs of peers share. */
export function nameOf(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/graphql$/, '');
}

/** Colour of each state. */
export const TONES: Readonly<Record<PeerStatus, BadgeProps['tone']>> = {
  CONNECTING: 'waiting',
  CONNECTED: 'good',
  UNREACHABLE: 'bad',
  INCOMPATIBLE: 'bad',
  BANNED: 'bad',
  REMOVED: 'neutral',
};
