import { toBigInt } from '../crypto/bytes.js';

const TWO_256 = 1n << 256n;
/** One, in the schedule's fixed-point numbers. */
const RADIX = 65_536n;

/**
 * Target of a compact form (Bitcoin's nBits: one byte of length, three of mantissa); undefined for a form that is negative,
 * zero, above 2^256 or not the one way to write its value.
 */
export function targetFromCompact(compact: number): bigint | undefined {
  if (!Number.isInteger(compact) || compact < 0 || compact > 0xffffffff) return undefined;
  const length = compact >>> 24;
  const mantissa = BigInt(compact & 0x7fffff);
  if ((compact & 0x800000) !== 0 || mantissa === 0n || length > 34) return undefined;
  const target = length <= 3 ? mantissa >> BigInt(8 * (3 - length)) : mantissa << BigInt(8 * (length - 3));
  if (target === 0n || target >= TWO_256 || compactFromTarget(target) !== compact) return undefined;
  return target;
}

/** Compact form of a target from 1 to 2^256 - 1, rounded down to the three bytes it holds. */
export function compactFromTarget(target: bigint): number {
  let length = Math.ceil(target.toString(16).length / 2);
  let mantissa = length <= 3 ? target << BigInt(8 * (3 - length)) : target >> BigInt(8 * (length - 3));
  // The mantissa's top bit is a sign: a value that would set it moves up one byte.
  if ((mantissa & 0x800000n) !== 0n) {
    mantissa >>= 8n;
    length += 1;
  }
  return ((length << 24) | Number(mantissa)) >>> 0;
}

/** Expected number of tries for a block at this compact target: floor(2^256 / (target + 1)); throws on an invalid form. */
export function workOf(compact: number): bigint {
  return TWO_256 / (requiredTarget(compact) + 1n);
}

/** True if a block hash, as a big-endian number, is at or below the target. */
export function meetsTarget(hash: Uint8Array, compact: number): boolean {
  const target = targetFromCompact(compact);
  return target !== undefined && toBigInt(hash) <= target;
}

/** Target of a compact form that was checked before; throws RangeError otherwise. */
export function requiredTarget(compact: number): bigint {
  const target = targetFromCompact(compact);
  if (target === undefined) throw new RangeError(`expected a compact target, got 0x${compact.toString(16)}`);
  return target;
}

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
