import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importsOf, parseSource, readSources, type Source } from '../../scripts/sources.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Circles of imports between the sub-folders of one folder, where each counts as one. */
function circlesOfRooms(sources: readonly Source[]): string[] {
  return circles(sources, 'all', (below) => below.includes('/'));
}

/**
 * The same with the files beside the sub-folders: a file is not both used in a room and a user of it. Imports of types only do not
 * count: a port may name types of the room behind it.
 */
function circlesOfLevels(sources: readonly Source[]): string[] {
  return circles(sources, 'values', () => true);
}

/** Between two places, the fewest imports come first: the fault is more likely among them. */
function circles(
  sources: readonly Source[],
  kind: 'all' | 'values',
  isLookedAt: (pathBelowFolder: string) => boolean,
): string[] {
  const imports = sources.flatMap((source) => importsOf(source, kind).map((to) => ({ from: source.path, to })));
  const folders = new Set(sources.flatMap(({ path }) => foldersAbove(path)));
  return [...folders].flatMap((folder) => {
    const isWithin = (path: string): boolean =>
      path.startsWith(`${folder}/`) && isLookedAt(path.slice(folder.length + 1));
    const child = (path: string): string => path.slice(folder.length + 1).split('/')[0]!;
    const arrows = new Map<string, Import & { readonly examples: string[] }>();
    for (const { from, to } of imports) {
      if (!isWithin(from) || !isWithin(to) || child(from) === child(to)) continue;
      const key = `${child(from)} → ${child(to)}`;
      if (!arrows.has(key)) arrows.set(key, { from: child(from), to: child(to), examples: [] });
      arrows.get(key)!.examples.push(`${from} → ${to}`);
    }
    return [...arrows.values()]
      .filter(({ from, to }) => reachable(to, [...arrows.values()]).has(from))
      .sort((one, other) => one.examples.length - other.examples.length)
      .map(({ from, to, examples }) => `${folder}: ${from} → ${to} (${examples.length}, as ${examples[0]})`);
  });
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [...foldersAbove(folder), folder];
}

function reachable(start: string, arrows: readonly Import[]): Set<string> {
  const found = new Set([start]);
  for (const name of found) for (const { from, to } of arrows) if (from === name) found.add(to);
  return found;
}

/** Without the examples. */
const planted = (circlesOf: (sources: Source[]) => string[], files: Record<string, string>): string[] =>
  circlesOf(Object.entries(files).map(([path, text]) => parseSource(path, text)))
    .map((circle) => circle.split(' (')[0]!)
    .sort();

const rooms = {
  'src/peers/relay/gossip.ts': "import { Sync } from '../sync/sync.js';",
  'src/peers/relay/outbox.ts': 'export const outbox = 1;',
  'src/peers/sync/sync.ts': 'export const sync = 1;',
  'src/peers/sync/meter.ts': 'export const meter = 1;',
  'src/peers/client/wire.ts': 'export const wire = 1;',
  'src/peers/peers.ts': "import './relay/gossip.js'; import './ports.js';",
  'src/peers/ports.ts': "import type { Sync } from './sync/sync.js';",
};

describe('architecture: rooms', () => {
  it('rooms of one folder import each other one way', () => {
    assert.deepEqual(circlesOfRooms(readSources(root, 'src')), []);
  });

  it('the check above finds two rooms that know each other, and three in a circle', () => {
    assert.deepEqual(planted(circlesOfRooms, rooms), []);
    const two = { ...rooms, 'src/peers/sync/meter.ts': "import type { Outbox } from '../relay/outbox.js';" };
    assert.deepEqual(planted(circlesOfRooms, two), ['src/peers: relay → sync', 'src/peers: sync → relay']);
    const three = {
      ...rooms,
      'src/peers/sync/meter.ts': "export * from '../client/wire.js';",
      'src/peers/client/wire.ts': "export type Wire = import('../relay/outbox.js').Outbox;",
    };
    const circle = ['src/peers: client → relay', 'src/peers: relay → sync', 'src/peers: sync → client'];
    assert.deepEqual(planted(circlesOfRooms, three), circle);
  });

  it('a file beside rooms is not both used in one and a user of it', () => {
    assert.deepEqual(circlesOfLevels(readSources(root, 'src')), []);
  });

  it('the check above finds a file that a room needs and that needs the room, by itself or through its neighbour', () => {
    const withPort = { ...rooms, 'src/peers/sync/meter.ts': "import { port } from '../ports.js';" };
    assert.deepEqual(planted(circlesOfLevels, withPort), []);
    const value = { ...withPort, 'src/peers/ports.ts': "import { type Sync } from './sync/sync.js';" };
    assert.deepEqual(planted(circlesOfLevels, value), ['src/peers: ports.ts → sync', 'src/peers: sync → ports.ts']);
    const neighbour = {
      ...rooms,
      'src/peers/sync/meter.ts': "await import('../ports.js');",
      'src/peers/ports.ts': "export { peers } from './peers.js';",
      'src/peers/peers.ts': "export * from './sync/sync.js';",
    };
    assert.deepEqual(planted(circlesOfLevels, neighbour), [
      'src/peers: peers.ts → sync',
      'src/peers: ports.ts → peers.ts',
      'src/peers: sync → ports.ts',
    ]);
  });
});
