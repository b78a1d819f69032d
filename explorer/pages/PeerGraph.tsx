import { forceCollide, forceRadial, forceSimulation, type SimulationNodeDatum } from 'd3-force';
import { useMemo, type ReactNode } from 'react';
import type { PeerFieldsFragment } from '../../src/client/client.js';
import { nameOf, TONES, type PeerTableProps } from './PeerTable.js';

/** This node in the middle and its peers around it: a distant one answers slowly, a large one has a good standing. */
export default function PeerGraph({ peers, selected, onSelect }: PeerTableProps): ReactNode {
  const shape = peers.map(({ url, latencyMs, standing }) => `${url} ${band(latencyMs)} ${standing}`).join();
  // A small change of latency must not move the picture.
  const places = useMemo(() => layOut(peers), [shape]);
  return (
    <svg
      className="peer-graph"
      viewBox="-210 -150 420 300"
      role="group"
      aria-label={`This node and ${peers.length} peers`}
    >
      {peers.map(({ url, status }) => {
        const { x, y } = places.get(url)!;
        return <line key={url} x2={x} y2={y} className={TONES[status]} />;
      })}
      <circle r="12" className="self" />
      <text y="26">this node</text>
      {peers.map(({ url, status, latencyMs, standing }) => {
        const { x, y, radius } = places.get(url)!;
        const name = nameOf(url);
        return (
          <g
            key={url}
            transform={`translate(${x} ${y})`}
            className={`${TONES[status]} ${url === selected ? 'selected' : ''}`}
            role="button"
            tabIndex={0}
            aria-label={`${name}, ${status.toLowerCase()}, ${latencyMs ?? 'unknown'} ms, standing ${standing}`}
            aria-pressed={url === selected}
            onClick={() => onSelect(url)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' && event.key !== ' ') return;
              event.preventDefault();
              onSelect(url);
            }}
          >
            <circle r={radius} />
            {(peers.length <= MAX_LABELS || url === selected) && <text y={radius + 10}>{name}</text>}
          </g>
        );
      })}
    </svg>
  );
}

interface Place extends SimulationNodeDatum {
  readonly url: string;
  readonly radius: number;
  readonly distance: number;
}

function layOut(
  peers: readonly PeerFieldsFragment[],
): ReadonlyMap<string, Required<Pick<Place, 'x' | 'y' | 'radius'>>> {
  const places = peers.map(({ url, latencyMs, standing }, index): Place => {
    const angle = (2 * Math.PI * index) / peers.length;
    const distance = 50 + 12 * band(latencyMs);
    const radius = 4 + 4 * Math.max(0, Math.min(1, 1 + standing / 100));
    return { url, radius, distance, x: distance * Math.cos(angle), y: distance * Math.sin(angle) };
  });
  forceSimulation(places)
    .force('latency', forceRadial<Place>(({ distance }) => distance).strength(0.8))
    .force(
      'room',
      forceCollide<Place>(({ radius }) => radius + 12),
    )
    .stop()
    .tick(ROUNDS);
  return new Map(places.map(({ url, radius, x = 0, y = 0 }) => [url, { radius, x: x * WIDER, y }]));
}

/** 0 below 2 ms, one more for each doubling, 6 at 64 ms and above or if it is unknown. */
function band(latencyMs: number | null): number {
  return latencyMs === null ? 6 : Math.min(6, Math.floor(Math.log2(Math.max(1, latencyMs))));
}

const ROUNDS = 120;
/** The picture is wider than it is high. */
const WIDER = 1.4;
const MAX_LABELS = 16;
