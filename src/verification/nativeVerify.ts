import { createPublicKey, verify } from 'node:crypto';
import type sodiumNative from 'sodium-native';

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
