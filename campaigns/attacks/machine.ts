import { createHash } from 'node:crypto';

/** What referenceWork takes, in milliseconds, on the machine that the limits in docs/threats.md are stated for. */
const REFERENCE_MS = 2;
/** The fastest counts: other programs can only slow it down. */
const TIMES = 30;

/**
 * How many times as long as that machine this one takes for the same work just now, at least 1. Limits in milliseconds are multiplied by it: the
 * processors of a shared machine are at some times half as fast as at others.
 */
export function machineSlowness(): number {
  let least = Infinity;
  for (let time = 0; time < TIMES; time++) {
    const begun = performance.now();
    referenceWork();
    least = Math.min(least, performance.now() - begun);
  }
  return Math.max(1, least / REFERENCE_MS);
}

/** Where it took longer than it may on the machine of the limits: what was expected and what came, else nothing. */
export function tooLong(what: string, tookMs: number, mostMs: number, slowness = machineSlowness()): string[] {
  const most = mostMs * slowness;
  return tookMs <= most ? [] : [`expected ${what} within ${most.toFixed(0)} ms, got ${tookMs.toFixed(0)} ms`];
}

/** What a node does most: text to values, bytes, hashes, and text again. */
function referenceWork(): void {
  const items = JSON.parse(TEXT) as { id: string; amount: string; nonce: number }[];
  const answer = items.map(({ id, amount, nonce }) => {
    const hash = createHash('sha256').update(Buffer.from(id, 'hex')).digest('hex');
    return { hash, amount: String(BigInt(amount) + 1n), nonce };
  });
  if (JSON.stringify(answer).length < TEXT.length) throw new Error('expected an answer as long as the question');
}

const TEXT = JSON.stringify(
  Array.from({ length: 1_000 }, (_, nonce) => {
    return { id: nonce.toString(16).padStart(64, '0'), amount: `${10_000_000 + nonce}`, nonce };
  }),
);
