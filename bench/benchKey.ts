import sodium from 'sodium-native';
import { signingPayload, type UnsignedTransaction } from '../src/consensus/transaction.js';
import { sha256 } from '../src/crypto/hash.js';

/** A key pair whose signatures libsodium makes: a benchmark needs hundreds of thousands. */
export interface BenchKey {
  readonly publicKey: Buffer;
  readonly secretKey: Buffer;
}

/** Key pair number `index`, the same in every run. */
export function benchKey(index: number): BenchKey {
  const publicKey = Buffer.alloc(32);
  const secretKey = Buffer.alloc(64);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, Buffer.from(sha256(Buffer.from(`bench/${index}`))));
  return { publicKey, secretKey };
}

/** Signature of a transfer by its sender's key. */
export function signTransfer(chainId: Uint8Array, unsigned: UnsignedTransaction, { secretKey }: BenchKey): Buffer {
  const signature = Buffer.alloc(64);
  sodium.crypto_sign_detached(signature, Buffer.from(signingPayload(chainId, unsigned)), secretKey);
  return signature;
}
