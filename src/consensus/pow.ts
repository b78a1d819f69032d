import { toBigInt } from '../crypto/bytes.js';

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

const TWO_256 = 1n << 256n;
