import { toHex } from '../crypto/bytes.js';
import type { ChainReader, StoredHeader } from './chainStore.js';
import { sideBranch } from './headerTree.js';

/** Side branches that are kept. Above the bound the lightest goes, invalid ones first, with the blocks that only it has. */
export const MAX_SIDE_TIPS = 64;

/** The side tips after a change, and the blocks to be deleted so that the bound holds. */
export interface SideTipsChange {
  readonly sideTips: readonly Uint8Array[];
  readonly forget: readonly Uint8Array[];
}

/**
 * Side tips once `added` is stored and `removed` are no tips any more (they have a child, or joined the best chain).
 * `keep` is never evicted: what the change at hand connects or stores.
 */
export function changeSideTips(
  reader: ChainReader,
  added: readonly Uint8Array[],
  removed: readonly Uint8Array[],
  keep: Uint8Array,
): SideTipsChange {
  const gone = new Set(removed.map(toHex));
  const tips = [...reader.sideTips(), ...added].filter((hash) => !gone.has(toHex(hash)));
  if (tips.length <= MAX_SIDE_TIPS) return { sideTips: tips, forget: [] };

  const kept = toHex(keep);
  const candidates = tips.flatMap((hash) => {
    const header = reader.header(hash);
    return header && toHex(hash) !== kept ? [header] : [];
  });
  const victim = candidates.sort(lighterFirst)[0];
  if (!victim) return { sideTips: tips, forget: [] };
  const sideTips = tips.filter((hash) => toHex(hash) !== toHex(victim.hash));
  return { sideTips, forget: exclusiveBlocks(reader, victim, [...sideTips, keep]) };
}

function lighterFirst(a: StoredHeader, b: StoredHeader): number {
  if (a.invalid !== b.invalid) return a.invalid ? -1 : 1;
  return a.work < b.work ? -1 : a.work > b.work ? 1 : 0;
}

/** Blocks of a side branch that no other tip descends from. */
function exclusiveBlocks(reader: ChainReader, tip: StoredHeader, others: readonly Uint8Array[]): Uint8Array[] {
  const shared = new Set<string>();
  for (const hash of others) {
    const header = reader.header(hash);
    if (header) for (const block of sideBranch(reader, header).connect) shared.add(toHex(block.hash));
  }
  return sideBranch(reader, tip)
    .connect.map((block) => block.hash)
    .filter((hash) => !shared.has(toHex(hash)));
}
