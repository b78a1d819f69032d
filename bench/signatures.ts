import sodium from 'sodium-native';

/** Ed25519 verifications a second of one core of this machine: no node accepts more transactions a second and core. */
export function signatureLimit(milliseconds: number): number {
  const publicKey = Buffer.alloc(32);
  const secretKey = Buffer.alloc(64);
  sodium.crypto_sign_keypair(publicKey, secretKey);
  const message = Buffer.alloc(153, 7);
  const signature = Buffer.alloc(64);
  sodium.crypto_sign_detached(signature, message, secretKey);
  const started = performance.now();
  let verified = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    for (let i = 0; i < 200; i++) if (sodium.crypto_sign_verify_detached(signature, message, publicKey)) verified++;
    elapsed = performance.now() - started;
  }
  return verified / (elapsed / 1000);
}
