import { equalBytes, toHex } from '../crypto/bytes.js';
import { transactionsRoot, blockSize, type Block, type BlockHeader } from './block.js';
import { MAX_TIMESTAMP, nextTarget, type Network } from './network.js';
import { meetsTarget, targetFromCompact } from './pow.js';
import type { Rejection } from './rejection.js';
import { transactionFault } from './transaction.js';

/**
 * The rules of a block, cheapest first; each returns what is wrong or undefined. Rules 1 to 4 need the block alone, 5 to 8
 * its ancestors, 9 and 10 its body, 11 a verifier, 12 the accounts (ledger/ledger.ts).
 *
 * A block hash commits to rules 2 to 8 and, once rule 9 holds, to the rest. So only a fault found in them may mark the hash
 * as invalid: a body that does not belong to the header says nothing of the block that does.
 */

/** What rules 5 to 8 need to know of the ancestors. */
export interface ParentContext {
  readonly header: BlockHeader;
  /** Timestamps of the parent and up to ten blocks before it, any order. */
  readonly recentTimestamps: readonly number[];
}

/** Rule 1, size: at most the network's maxBlockBytes. Not committed to by the hash. */
export function verifySize(block: Block, network: Network): Rejection | undefined {
  const got = blockSize(block.transactions);
  return got > network.maxBlockBytes ? { code: 'BLOCK_TOO_LARGE', maximum: network.maxBlockBytes, got } : undefined;
}

/** Rule 2, header well-formed: fields in range and a target that the compact form can hold. */
export function verifyHeaderForm(header: BlockHeader): Rejection | undefined {
  const { height, timestamp, target } = header;
  if (!Number.isInteger(height) || height < 1 || height > MAX_HEIGHT) {
    return { code: 'MALFORMED', field: 'height', expected: `1 to ${MAX_HEIGHT}`, got: `${height}` };
  }
  if (!Number.isInteger(timestamp) || timestamp < 0 || timestamp > MAX_TIMESTAMP) {
    return { code: 'MALFORMED', field: 'timestamp', expected: 'a time from 1970 to 9999', got: `${timestamp}` };
  }
  if (targetFromCompact(target) === undefined) {
    return { code: 'MALFORMED', field: 'target', expected: 'a compact target', got: `${target}` };
  }
  return undefined;
}

/** Rule 3, proof of work: the hash is at or below the header's own target, which is at or below the network's limit. */
export function verifyProofOfWork(header: BlockHeader, network: Network): Rejection | undefined {
  if (targetFromCompact(header.target)! > targetFromCompact(network.targetLimit)!) {
    return { code: 'INVALID_TARGET', expected: network.targetLimit, got: header.target };
  }
  if (meetsTarget(header.hash, header.target)) return undefined;
  return { code: 'INVALID_PROOF_OF_WORK', hash: toHex(header.hash), target: header.target };
}

/** Rules 4 to 7, the header on its parent: height, expected target, time above the median of the last eleven. */
export function verifyHeaderOnParent(
  header: BlockHeader,
  parent: ParentContext,
  network: Network,
): Rejection | undefined {
  // Rule 4, parent: the caller found it by its hash; another hash here is a bug, not an outcome.
  if (!equalBytes(header.previousHash, parent.header.hash)) throw new Error('verified a header on a foreign parent');
  // Rule 5, height = parent + 1.
  const height = parent.header.height + 1;
  if (header.height !== height) {
    return { code: 'MALFORMED', field: 'height', expected: `${height}`, got: `${header.height}` };
  }
  // Rule 6, target = the one that the schedule expects: a block cannot choose its difficulty.
  const expected = nextTarget(network, parent.header);
  if (header.target !== expected) return { code: 'INVALID_TARGET', expected, got: header.target };
  // Rule 7, time: above the median of the last eleven, or the difficulty could be talked down with old times.
  const median = medianTime(parent.recentTimestamps);
  if (header.timestamp <= median) {
    return { code: 'INVALID_TIMESTAMP', after: median, notAfter: MAX_TIMESTAMP, got: header.timestamp };
  }
  return undefined;
}

/** Rule 8, time ≤ now + 2 minutes. A block from the future is deferred, never marked invalid: it may become good. */
export function verifyNotFromFuture(header: BlockHeader, parent: ParentContext, now: number): Rejection | undefined {
  if (header.timestamp <= now + MAX_FUTURE_MS) return undefined;
  const after = medianTime(parent.recentTimestamps);
  return { code: 'INVALID_TIMESTAMP', after, notAfter: now + MAX_FUTURE_MS, got: header.timestamp };
}

/** Rule 9, body belongs to header: transaction count and root. Not committed to by the hash when it fails. */
export function verifyTransactionsRoot(block: Block): Rejection | undefined {
  const { header, transactions } = block;
  const got = transactionsRoot(transactions);
  if (header.transactionCount === transactions.length && equalBytes(header.transactionsRoot, got)) return undefined;
  return {
    code: 'INVALID_TRANSACTIONS_ROOT',
    expected: `${toHex(header.transactionsRoot)} of ${header.transactionCount}`,
    got: `${toHex(got)} of ${transactions.length}`,
  };
}

/** Rule 10, each transaction is valid alone: amounts, and the signature rule without its equation. */
export function verifyTransactionsAlone(block: Block): Rejection | undefined {
  for (const [index, transaction] of block.transactions.entries()) {
    const cause = transactionFault(transaction);
    if (cause) return { code: 'INVALID_TRANSACTION', index, cause };
  }
  return undefined;
}

/** Rule 11, signatures: `verdicts[i]` is the equation's answer for transaction i, computed elsewhere in parallel. */
export function verifySignatures(verdicts: readonly boolean[]): Rejection | undefined {
  const index = verdicts.indexOf(false);
  if (index < 0) return undefined;
  return { code: 'INVALID_TRANSACTION', index, cause: { code: 'INVALID_SIGNATURE', fault: 'equation' } };
}

/** Median of the timestamps: the upper one of an even number. */
export function medianTime(timestamps: readonly number[]): number {
  const sorted = [...timestamps].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Ancestors whose timestamps rule 7 looks at. */
export const MEDIAN_TIME_BLOCKS = 11;
/** How far ahead of this node's clock a block may be, milliseconds. */
export const MAX_FUTURE_MS = 120_000;

const MAX_HEIGHT = 2 ** 31 - 1;
