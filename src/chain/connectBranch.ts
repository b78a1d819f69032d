import { toHex } from '../crypto/bytes.js';
import type { Block } from '../consensus/block.js';
import type { NetworkParameters } from '../consensus/network.js';
import type { Rejection } from '../consensus/rejection.js';
import { type AccountChange, Overlay } from '../ledger/accounts.js';
import { applyBlock, applyChanges } from '../ledger/ledger.js';
import type { ChainReader, StoredHeader } from './chainStore.js';
import { sideBranch, type BranchPath } from './branches.js';

/** A change of branch that passed every rule and only waits to be committed. */
export interface Branch {
  /** Old tip first. */
  readonly disconnected: readonly Block[];
  /** Oldest first. */
  readonly connected: readonly { readonly block: Block; readonly undo: readonly AccountChange[] }[];
  /** Last state of every account touched on the way. */
  readonly accounts: readonly AccountChange[];
}

/** The first block of the branch that breaks a state rule. */
export interface BrokenBranch {
  readonly failed: StoredHeader;
  readonly rejection: Rejection;
}

/**
 * Goes the path on an overlay: takes the old branch back, applies the new one, whose last block is `newest` and not stored
 * yet. Extending the tip is the case with nothing to take back. Changes nothing.
 */
export function connectBranch(
  reader: ChainReader,
  path: BranchPath,
  newest: Block,
  network: NetworkParameters,
): Branch | BrokenBranch {
  const overlay = new Overlay(reader);
  const disconnected: Block[] = [];
  for (const header of path.disconnect) {
    const undo = reader.undo(header.hash);
    if (!undo) throw new Error(`the store holds no undo data of block ${header.height}`);
    applyChanges(overlay, undo);
    disconnected.push({ header, transactions: reader.transactions(header.hash) });
  }
  const connected: { block: Block; undo: readonly AccountChange[] }[] = [];
  for (const header of path.connect) {
    const block = header === path.connect.at(-1) ? newest : { header, transactions: reader.transactions(header.hash) };
    const applied = applyBlock(overlay, block, network);
    if ('code' in applied) return { failed: header, rejection: applied };
    applyChanges(overlay, applied.changes);
    connected.push({ block, undo: applied.undo });
  }
  return { disconnected, connected, accounts: overlay.changes() };
}

/** Stored blocks of side branches that are `ancestor` or descend from it. */
export function descendantsOf(reader: ChainReader, ancestor: StoredHeader): Uint8Array[] {
  const found = new Map<string, Uint8Array>();
  for (const tip of reader.sideTips()) {
    const header = reader.header(tip);
    if (!header) continue;
    const branch = sideBranch(reader, header).connect;
    const start = branch.findIndex((block) => toHex(block.hash) === toHex(ancestor.hash));
    if (start >= 0) for (const block of branch.slice(start)) found.set(toHex(block.hash), block.hash);
  }
  return [...found.values()];
}
