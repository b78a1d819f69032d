import nacl from 'tweetnacl';
import { equalBytes } from './bytes.js';

/**
 * Why a signature is refused before its equation is computed.
 *
 * Ed25519 libraries disagree on malleable, non-canonical and small-order inputs, and a ledger whose nodes disagree on one
 * signature splits. These four checks, the same in every node from block 0, leave only inputs on which tweetnacl, libsodium
 * and OpenSSL agree; what remains is the cofactorless equation of RFC 8032 section 5.1.7.
 */
export type SignatureFault = 'length' | 'scalar' | 'non-canonical' | 'small-order' | 'equation';

/** An Ed25519 key pair: `publicKey` is 32 bytes, `seed` the 32 secret bytes it is derived from. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly seed: Uint8Array;
}

/** A key that signs, wherever its seed is: in this process or in another program. */
export interface Signer {
  readonly publicKey: Uint8Array;
  /** Detached signature of the payload, 64 bytes. Rejects if the key cannot be used. */
  sign(payload: Uint8Array): Promise<Uint8Array>;
}

/** The acceptance rule of docs/protocol.md, all that can be said without the equation; undefined if nothing is wrong. */
export function signatureFault(publicKey: Uint8Array, signature: Uint8Array): SignatureFault | undefined {
  // 1. Lengths: some verifiers ignore what follows byte 64.
  if (publicKey.length !== 32 || signature.length !== 64) return 'length';
  // 2. S < L, else S + L is a second signature for the same payload.
  if (!isBelow(signature.subarray(32), GROUP_ORDER)) return 'scalar';
  // 3. y < p for both points, sign bit masked: one encoding for one point.
  const a = maskedPoint(publicKey);
  const r = maskedPoint(signature.subarray(0, 32));
  if (!isBelow(a, FIELD_PRIME) || !isBelow(r, FIELD_PRIME)) return 'non-canonical';
  // 4. No small-order point: under one of these as a key, anybody can sign.
  if (SMALL_ORDER_Y.some((y) => equalBytes(a, y) || equalBytes(r, y))) return 'small-order';
  return undefined;
}

/** The whole rule with tweetnacl, the reference that the native verifier is held to. Slow: about 6 ms a signature. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return signatureFault(publicKey, signature) === undefined && nacl.sign.detached.verify(message, signature, publicKey);
}

/** Detached signature of `message`, 64 bytes. */
export function sign(message: Uint8Array, keyPair: KeyPair): Uint8Array {
  const secretKey = new Uint8Array(64);
  secretKey.set(keyPair.seed);
  secretKey.set(keyPair.publicKey, 32);
  return nacl.sign.detached(message, secretKey);
}

/** Key pair of a 32-byte seed; throws RangeError on another length. */
export function keyPairFromSeed(seed: Uint8Array): KeyPair {
  if (seed.length !== 32) throw new RangeError(`expected a seed of 32 bytes, got ${seed.length}`);
  return { publicKey: nacl.sign.keyPair.fromSeed(seed).publicKey, seed: Uint8Array.from(seed) };
}

/** A new key pair from the operating system's random source. */
export function generateKeyPair(): KeyPair {
  return keyPairFromSeed(randomBytes(32));
}

/** Bytes of the operating system's random source, in Node and in browsers: tweetnacl's own finds none in a bundle that Node runs. */
export function randomBytes(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}

/** Little-endian comparison a < b of two 32-byte numbers. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    if (a[i] !== b[i]) return a[i]! < b[i]!;
  }
  return false;
}

function maskedPoint(point: Uint8Array): Uint8Array {
  const masked = Uint8Array.from(point);
  masked[31]! &= 0x7f;
  return masked;
}

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

const FIELD_PRIME = littleEndian(2n ** 255n - 19n);
const GROUP_ORDER = littleEndian(2n ** 252n + 27742317777372353535851937790883648493n);
/** y of the eight small-order points: 0, 1, p - 1 and, for the points of order 8, one value and its complement. */
const ORDER_8_Y = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const SMALL_ORDER_Y: readonly Uint8Array[] = [0n, 1n, 2n ** 255n - 20n, ORDER_8_Y, 2n ** 255n - 19n - ORDER_8_Y].map(
  littleEndian,
);
