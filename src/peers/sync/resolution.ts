import { forkPoint } from '../../chain/branches.js';
import type { ChainReader, StoredHeader } from '../../chain/chainStore.js';
import type { Reorganization } from '../../chain/outcome.js';
import type { Peer } from '../peer.js';

/** The result of asking every peer. */
export interface Resolution {
  readonly replaced: boolean;
  readonly tip: StoredHeader;
  readonly reorganization: Reorganization | undefined;
  readonly asked: readonly Peer[];
}

/** The reorganizations since `oldTip` as one; undefined if the best chain still, or again, leads on from it. */
export function asOne(
  reorganizations: readonly Reorganization[],
  reader: ChainReader,
  oldTip: StoredHeader,
): Reorganization | undefined {
  const fork = reorganizations.length === 0 ? undefined : forkPoint(reader, oldTip);
  if (!fork || fork.height === oldTip.height) return undefined;
  const newTip = reader.tip();
  return {
    forkPoint: fork,
    oldTip,
    newTip,
    disconnected: oldTip.height - fork.height,
    connected: newTip.height - fork.height,
    returned: reorganizations.reduce((sum, { returned }) => sum + returned, 0),
  };
}
