import { compactFromTarget, requiredTarget } from './pow.js';

/** Where a difficulty schedule starts. Times in one unit, any unit. */
export interface AsertAnchor {
  readonly height: number;
  /** Time of the anchor's parent; for a genesis block, its own time less one interval. */
  readonly parentTime: number;
  /** Compact target of the anchor. */
  readonly target: number;
}

export interface AsertSchedule {
  readonly anchor: AsertAnchor;
  readonly idealInterval: number;
  readonly halfLife: number;
  /** Compact form of the easiest target allowed. */
  readonly limit: number;
}

/**
 * Compact target of the block after one of `height` and `time`: aserti3-2d of the 2020-11-15 Bitcoin Cash specification.
 * Exponential in how far the chain is ahead of or behind its schedule, so it has no period boundary to play with; integers
 * only, with a cubic approximation of 2^x that is off by less than 0.013 %.
 */
export function asertTarget(schedule: AsertSchedule, height: number, time: number): number {
  const { anchor, idealInterval, halfLife, limit } = schedule;
  const timeDelta = BigInt(time - anchor.parentTime);
  const heightDelta = BigInt(height - anchor.height);
  const ahead = timeDelta - BigInt(idealInterval) * (heightDelta + 1n);
  // BigInt division truncates toward zero, as the specification asks of this one step.
  const exponent = (ahead * RADIX) / BigInt(halfLife);
  const shift = exponent >> 16n;
  const fraction = exponent - (shift << 16n);
  const factor =
    RADIX +
    ((195_766_423_245_049n * fraction +
      971_821_376n * fraction * fraction +
      5_127n * fraction * fraction * fraction +
      (1n << 47n)) >>
      48n);

  const limitTarget = requiredTarget(limit);
  // Beyond 512 doublings or halvings the result is the limit or the hardest target, whatever the anchor.
  if (shift > 512n) return limit;
  if (shift < -512n) return compactFromTarget(1n);
  const scaled = requiredTarget(anchor.target) * factor;
  const target = shift >= 0n ? (scaled << shift) >> 16n : (scaled >> -shift) >> 16n;
  if (target === 0n) return compactFromTarget(1n);
  return target > limitTarget ? limit : compactFromTarget(target);
}

const RADIX = 65_536n;
