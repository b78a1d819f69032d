import { equalBytes, toHex } from '../crypto/bytes.js';
import type { BlockHeader } from './block.js';
import { MAX_TIMESTAMP, nextTarget, type Network } from './network.js';
import { meetsTarget, targetFromCompact } from './pow.js';
import type { Rejection } from './rejection.js';

/**
 * The rules of a header, 2 to 8 of the twelve (the others: blockRules.ts, ledger/ledger.ts), cheapest first. Every part that takes a header,
 * alone or in a row, asks here.
 */

/** Ancestors whose timestamps rule 7 looks at. */
export const MEDIAN_TIME_BLOCKS = 11;
/** How far ahead of this node's clock a block may be, milliseconds. */
export const MAX_FUTURE_MS = 120_000;
const MAX_HEIGHT = 2 ** 31 - 1;

/** The end of a chain of headers: what the rules of the next one need to know. It holds eleven timestamps, so the chain can be of any length. */
export class HeaderWindow<Header extends BlockHeader = BlockHeader> {
  #last: Header;
  #timestamps: readonly number[];

  /** From the last headers of a chain, oldest first: at least MEDIAN_TIME_BLOCKS, or all back to genesis. */
  constructor(headers: readonly Header[]) {
    const recent = headers.slice(-MEDIAN_TIME_BLOCKS);
    const last = recent.at(-1);
    if (!last) throw new RangeError('expected at least one header, got none');
    this.#last = last;
    this.#timestamps = recent.map(({ timestamp }) => timestamp);
  }

  /** The parent of the next header. */
  get last(): Header {
    return this.#last;
  }

  /** Median of the last eleven timestamps, the upper one of an even number: the next header's must be above it. */
  medianTime(): number {
    const sorted = [...this.#timestamps].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)]!;
  }

  /** Adds the header after the last one, checked before. */
  append(header: Header): void {
    assertOnParent(header, this.#last);
    this.#timestamps = [...this.#timestamps, header.timestamp].slice(-MEDIAN_TIME_BLOCKS);
    this.#last = header;
  }
}

/** Rules 2 to 7: all that the hash of a header commits to. `window` ends with the parent. */
export function checkHeader(header: BlockHeader, window: HeaderWindow, network: Network): Rejection | undefined {
  return checkHeaderAlone(header, network) ?? checkHeaderOnParent(header, window, network);
}

/** Rules 2 and 3, which need no parent. */
export function checkHeaderAlone(header: BlockHeader, network: Network): Rejection | undefined {
  // Rule 2, header well-formed: fields in range and a target that the compact form can hold.
  const { height, timestamp, target } = header;
  if (!Number.isInteger(height) || height < 1 || height > MAX_HEIGHT) {
    return { code: 'MALFORMED', field: 'height', expected: `1 to ${MAX_HEIGHT}`, got: `${height}` };
  }
  if (!Number.isInteger(timestamp) || timestamp < 0 || timestamp > MAX_TIMESTAMP) {
    return { code: 'MALFORMED', field: 'timestamp', expected: 'a time from 1970 to 9999', got: `${timestamp}` };
  }
  const fullTarget = targetFromCompact(target);
  if (fullTarget === undefined) {
    return { code: 'MALFORMED', field: 'target', expected: 'a compact target', got: `${target}` };
  }
  // Rule 3, proof of work: the hash is at or below the header's own target, which is at or below the network's limit.
  if (fullTarget > targetFromCompact(network.targetLimit)!) {
    return { code: 'INVALID_TARGET', expected: network.targetLimit, got: target };
  }
  if (meetsTarget(header.hash, target)) return undefined;
  return { code: 'INVALID_PROOF_OF_WORK', hash: toHex(header.hash), target };
}

/** Rules 4 to 7, the header on its parent: height, expected target, time above the median of the last eleven. */
export function checkHeaderOnParent(
  header: BlockHeader,
  window: HeaderWindow,
  network: Network,
): Rejection | undefined {
  // Rule 4, parent: the caller found it by its hash; another hash here is a bug, not an outcome.
  const parent = window.last;
  assertOnParent(header, parent);
  // Rule 5, height = parent + 1.
  const height = parent.height + 1;
  if (header.height !== height) {
    return { code: 'MALFORMED', field: 'height', expected: `${height}`, got: `${header.height}` };
  }
  // Rule 6, target = the one that the schedule expects: a block cannot choose its difficulty.
  const expected = nextTarget(network, parent);
  if (header.target !== expected) return { code: 'INVALID_TARGET', expected, got: header.target };
  // Rule 7, time: above the median of the last eleven, or the difficulty could be talked down with old times.
  const after = window.medianTime();
  if (header.timestamp > after) return undefined;
  return { code: 'INVALID_TIMESTAMP', after, notAfter: MAX_TIMESTAMP, got: header.timestamp };
}

/** Rule 8, time ≤ now + 2 minutes. A block from the future is deferred, never marked invalid: it may become good. */
export function checkNotFromFuture(header: BlockHeader, window: HeaderWindow, now: number): Rejection | undefined {
  if (!isFromFuture(header, now)) return undefined;
  const notAfter = now + MAX_FUTURE_MS;
  return { code: 'INVALID_TIMESTAMP', after: window.medianTime(), notAfter, got: header.timestamp };
}

/** True if the header breaks rule 8 at `now`, milliseconds since 1970. */
export function isFromFuture({ timestamp }: BlockHeader, now: number): boolean {
  return timestamp > now + MAX_FUTURE_MS;
}

function assertOnParent(header: BlockHeader, parent: BlockHeader): void {
  if (equalBytes(header.previousHash, parent.hash)) return;
  throw new Error(`expected a header on block ${toHex(parent.hash)}, got one on ${toHex(header.previousHash)}`);
}
