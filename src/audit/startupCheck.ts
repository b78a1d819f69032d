import type { ChainReader, StoredHeader } from '../chain/chainStore.js';
import { HeaderWindow, MEDIAN_TIME_BLOCKS } from '../consensus/headers.js';
import { supplyAt, type Network } from '../consensus/network.js';
import { equalBytes, toHex } from '../crypto/bytes.js';
import { type AccountChange, Overlay } from '../ledger/accounts.js';
import { applyBlock, applyChanges } from '../ledger/ledger.js';
import { brokenRule, ChainDamageError, checkStoredBody, checkStoredHeader } from './storedBlock.js';

/** Blocks whose headers are checked. */
export const CHECKED_BLOCKS = 100;
/** Where blocks are full, fewer bodies than headers are read: a hundred of 2 MiB would take some 25 s, and this takes half a second. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
const WHAT_TO_DO = '"npx corrente verify" checks all of it, "npx corrente reindex" builds it anew from its blocks';

/** How much of the chain was checked. */
export interface CheckedAtStart {
  readonly headers: number;
  /** Blocks whose body, undo data and accounts were checked too. */
  readonly bodies: number;
}

/**
 * What a node checks before it serves, in a time that grows with neither the length of the chain nor the number of accounts:
 *
 * 1. The sum of all balances, which every commit keeps, is what the network has issued up to the tip.
 * 2. The headers of the last CHECKED_BLOCKS link, and keep rules 2 to 7.
 * 3. Of as many of these as make up MAX_BODY_BYTES, at least the last: the body is the header's own, and taking the blocks back and
 *    applying them again gives the stored undo data and the stored accounts.
 *
 * Signatures are left out: the roots commit to those that were verified. Throws ChainDamageError.
 */
export function startupCheck(network: Network, reader: ChainReader): CheckedAtStart {
  try {
    const supply = supplyAt(network, reader.tip().height);
    expectEqual('the sum of all balances', `${supply}`, `${reader.totalBalance()}`);
    const headers = checkHeaders(network, reader);
    return { headers: headers.length, bodies: checkBodies(network, reader, headers) };
  } catch (cause) {
    // An error of the store about a damaged record means the same here.
    throw new ChainDamageError(`the stored chain is damaged: ${(cause as Error).message}; ${WHAT_TO_DO}`, { cause });
  }
}

/** Returns the headers that were checked, tip last. */
function checkHeaders(network: Network, reader: ChainReader): StoredHeader[] {
  const tip = reader.tip();
  const first = Math.max(1, tip.height - CHECKED_BLOCKS + 1);
  const lowest = Math.max(0, first - MEDIAN_TIME_BLOCKS);
  const headers = reader.headersFrom(lowest, tip.height - lowest + 2);
  expectEqual('the height of the last block', `${tip.height}`, `${headers.at(-1)?.height}`);
  expectEqual('the hash of the last block', toHex(tip.hash), toHex(headers.at(-1)!.hash));
  if (lowest === 0) expectEqual('the genesis block', toHex(network.chainId), toHex(headers[0]!.hash));
  const window = new HeaderWindow(headers.slice(0, first - lowest));
  const checked = headers.slice(first - lowest);
  for (const header of checked) checkStoredHeader(network, header, window);
  return checked;
}

/** Returns the number of blocks checked. */
function checkBodies(network: Network, reader: ChainReader, headers: readonly StoredHeader[]): number {
  const last = lastBlocks(headers);
  const overlay = new Overlay(reader);
  const undone = new Map<StoredHeader, readonly AccountChange[]>();
  for (const header of last.toReversed()) {
    const undo = reader.undo(header.hash);
    if (!undo) throw new ChainDamageError(`block ${header.height}: expected undo data, got none`);
    applyChanges(overlay, undo);
    undone.set(header, undo);
  }
  for (const header of last) {
    const transactions = reader.transactions(header.hash);
    checkStoredBody(network, header, transactions);
    const applied = applyBlock(overlay, { header, transactions }, network);
    if ('code' in applied) throw brokenRule(header.height, applied);
    compareUndo(header.height, applied.undo, undone.get(header)!);
    applyChanges(overlay, applied.changes);
  }
  for (const { publicKey, account } of overlay.changes()) {
    const stored = reader.account(publicKey);
    expectEqual(`the balance of account ${toHex(publicKey)}`, `${account.balance}`, `${stored.balance}`);
    expectEqual(`the nonce of account ${toHex(publicKey)}`, `${account.nonce}`, `${stored.nonce}`);
  }
  return last.length;
}

/** As many blocks from the end as make up MAX_BODY_BYTES, oldest first. */
function lastBlocks(headers: readonly StoredHeader[]): readonly StoredHeader[] {
  let first = headers.length - 1;
  let bytes = headers[first]?.size ?? 0;
  while (first > 0 && bytes + headers[first - 1]!.size <= MAX_BODY_BYTES) bytes += headers[--first]!.size;
  return headers.slice(Math.max(first, 0));
}

/** Both list the accounts in the order in which the block touches them. */
function compareUndo(height: number, expected: readonly AccountChange[], got: readonly AccountChange[]): void {
  const same = ({ publicKey, account }: AccountChange, index: number) =>
    equalBytes(publicKey, got[index]!.publicKey) &&
    account.balance === got[index]!.account.balance &&
    account.nonce === got[index]!.account.nonce;
  if (expected.length === got.length && expected.every(same)) return;
  throw new ChainDamageError(`block ${height}: expected the undo data that its transactions give, got other`);
}

function expectEqual(what: string, expected: string, got: string): void {
  if (expected !== got) throw new ChainDamageError(`${what}: expected ${expected}, got ${got}`);
}
