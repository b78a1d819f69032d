import type { ChainReader, StoredHeader } from '../../chain/chainStore.js';
import type { Reorganization } from '../../chain/outcome.js';
import { equalBytes } from '../../crypto/bytes.js';
import type { Peer } from '../peer.js';

/** What came of asking every peer. */
export interface Resolution {
  readonly replaced: boolean;
  readonly tip: StoredHeader;
  readonly reorganization: Reorganization | undefined;
  readonly asked: readonly Peer[];
}

/** How the best chain of the reader left that of `oldTip`; undefined if it extends it. */
export function reorganizationSince(
  reader: ChainReader,
  oldTip: StoredHeader,
  returned: number,
): Reorganization | undefined {
  const newTip = reader.tip();
  let ancestor: StoredHeader | undefined = reader.header(oldTip.hash);
  while (ancestor && !equalBytes(reader.headerAt(ancestor.height)?.hash ?? EMPTY, ancestor.hash)) {
    ancestor = reader.header(ancestor.previousHash);
  }
  if (!ancestor || ancestor.height === oldTip.height) return undefined;
  return {
    commonAncestor: ancestor,
    oldTip,
    newTip,
    disconnected: oldTip.height - ancestor.height,
    connected: newTip.height - ancestor.height,
    returned,
  };
}

const EMPTY = new Uint8Array(0);
