import type { Transaction } from '../consensus/transaction.js';
import { createPublicKey, verify } from 'node:crypto';
import type sodiumNative from 'sodium-native';

/** Bytes of one packed item: key 32, signature 64, payload length 2, payload. */
const FIXED_BYTES = 32 + 64 + 2;

/** Packs keys, signatures and payloads into one buffer that moves to a worker without a copy. */
export function packBatch(transactions: readonly Transaction[]): Uint8Array<ArrayBuffer> {
  const batch = new Uint8Array(transactions.reduce((size, { payload }) => size + FIXED_BYTES + payload.length, 0));
  let offset = 0;
  for (const { sender, signature, payload } of transactions) {
    batch.set(sender, offset);
    batch.set(signature, offset + 32);
    batch[offset + 96] = payload.length >> 8;
    batch[offset + 97] = payload.length & 0xff;
    batch.set(payload, offset + FIXED_BYTES);
    offset += FIXED_BYTES + payload.length;
  }
  return batch;
}

/** One byte an item, 1 for a signature whose equation holds. */
export function verifyBatch(
  batch: Uint8Array,
  verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean,
): Uint8Array {
  const verdicts: number[] = [];
  for (let offset = 0; offset < batch.length;) {
    const length = (batch[offset + 96]! << 8) | batch[offset + 97]!;
    const start = offset + FIXED_BYTES;
    const holds = verify(
      batch.subarray(offset, offset + 32),
      batch.subarray(start, start + length),
      batch.subarray(offset + 32, offset + 96),
    );
    verdicts.push(holds ? 1 : 0);
    offset = start + length;
  }
  return Uint8Array.from(verdicts);
}

/** The cofactorless Ed25519 equation, nothing else: the acceptance rule of crypto/ed25519.ts has passed before. */
export type NativeVerify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** libsodium where its prebuilt binary loads; node:crypto, at half the speed, elsewhere. */
export async function loadNativeVerify(): Promise<NativeVerify> {
  try {
    const { default: sodium } = await import('sodium-native');
    return sodiumVerify(sodium);
  } catch {
    return nodeVerify;
  }
}

/** Verifies with libsodium. */
export function sodiumVerify(sodium: typeof sodiumNative): NativeVerify {
  return (publicKey, message, signature) =>
    // Lengths first: libsodium's binding ignores what follows byte 64.
    publicKey.length === 32 &&
    signature.length === 64 &&
    sodium.crypto_sign_verify_detached(asBuffer(signature), asBuffer(message), asBuffer(publicKey));
}

/** Verifies with OpenSSL. Keys go in as JWK, which is faster than DER. */
export function nodeVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const x = asBuffer(publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, message, key, signature);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
