import type { Cut } from './partitionNetwork.js';
import type { Random } from './random.js';

/** How a network of hosts falls apart. */
export interface Partition {
  /** The partition in words, with its hosts. */
  readonly title: string;
  readonly cuts: readonly Cut[];
}

/**
 * The four shapes: two parts of about equal size; one host without the others; a ring in which each host hears a majority, but no two the
 * same one; and one host that hears but is not heard, or that cannot call but can be called.
 */
export type PartitionShape = 'halves' | 'isolated' | 'ring' | 'oneWay';

export const PARTITION_SHAPES: readonly PartitionShape[] = ['halves', 'isolated', 'ring', 'oneWay'];

/** A partition of this shape among the hosts from 0 to `count` - 1, dealt at random. */
export function dealPartition(shape: PartitionShape, count: number, random: Random): Partition {
  const hosts = random.shuffled(Array.from({ length: count }, (_, host) => host));
  switch (shape) {
    case 'halves':
      return apart(shape, hosts.slice(0, count >> 1), hosts.slice(count >> 1));
    case 'isolated':
      return apart(shape, hosts.slice(0, 1), hosts.slice(1));
    case 'ring': {
      const cuts = hosts.flatMap((from, place) => {
        const near = [1, count - 1].map((step) => hosts[(place + step) % count]);
        return hosts
          .filter((to) => to !== from && !near.includes(to))
          .map((to): Cut => ({ from, to, what: 'packets' }));
      });
      return { title: `ring ${hosts.join('-')}`, cuts };
    }
    case 'oneWay': {
      const [from, ...others] = hosts;
      const what = random.pick(['packets', 'calls'] as const);
      return { title: `one-way, no ${what} from ${from}`, cuts: others.map((to) => ({ from: from!, to, what })) };
    }
  }
}

function apart(shape: PartitionShape, left: readonly number[], right: readonly number[]): Partition {
  const cuts = left.flatMap((from) => {
    return right.flatMap((to): Cut[] => [
      { from, to, what: 'packets' },
      { from: to, to: from, what: 'packets' },
    ]);
  });
  return { title: `${shape} ${left.join(' ')} | ${right.join(' ')}`, cuts };
}
