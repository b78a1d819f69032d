import { StorageError, type StoredHeader } from '../chain/chainStore.js';
import { blockSize, createHeader } from '../consensus/block.js';
import { checkSize, checkTransactionsAlone, checkTransactionsRoot } from '../consensus/blockRules.js';
import { checkHeader, type HeaderWindow } from '../consensus/headers.js';
import type { Network } from '../consensus/network.js';
import { workOf } from '../consensus/pow.js';
import { describeRejection, type Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import { equalBytes, toHex } from '../crypto/bytes.js';

/**
 * Rules 2 to 7 of a header of the best chain, and what the store says beside its fields: hash, total work, not invalid. `window` ends
 * with its parent, and with the header itself afterwards. Throws ChainDamageError.
 */
export function checkStoredHeader(network: Network, header: StoredHeader, window: HeaderWindow<StoredHeader>): void {
  const { height } = header;
  const parent = window.last;
  if (!equalBytes(header.previousHash, parent.hash)) {
    throw damage(height, `parent ${toHex(parent.hash)}`, toHex(header.previousHash));
  }
  const fault = checkHeader(header, window, network);
  if (fault) throw brokenRule(height, fault);
  // The rules take the hash for what the fields give, which for a stored header only the checksum said so far.
  const { hash } = createHeader(header, header.nonce);
  if (!equalBytes(header.hash, hash)) throw damage(height, `hash ${toHex(hash)}`, toHex(header.hash));
  const work = parent.work + workOf(header.target);
  if (header.work !== work) throw damage(height, `total work ${work}`, `${header.work}`);
  if (header.invalid) throw damage(height, 'a valid block on the best chain', 'one marked invalid');
  window.append(header);
}

/** Rules 1, 9 and 10 of a stored body, and its size. Throws ChainDamageError. */
export function checkStoredBody(network: Network, header: StoredHeader, transactions: readonly Transaction[]): void {
  const block = { header, transactions };
  const fault = checkSize(block, network) ?? checkTransactionsRoot(block) ?? checkTransactionsAlone(block);
  if (fault) throw brokenRule(header.height, fault);
  const size = blockSize(transactions);
  if (header.size !== size) throw damage(header.height, `size ${size}`, `${header.size}`);
}

/** A rule that a stored block breaks, as damage. */
export function brokenRule(height: number, fault: Rejection): ChainDamageError {
  return new ChainDamageError(`block ${height}: ${fault.code}: ${describeRejection(fault)}`);
}

function damage(height: number, expected: string, got: string): ChainDamageError {
  return new ChainDamageError(`block ${height}: expected ${expected}, got ${got}`);
}

/** The stored chain is not what its blocks say: where, expected and got. */
export class ChainDamageError extends StorageError {
  override readonly name = 'ChainDamageError';
  override readonly namesFile = false;
}
