import type { KeyPair } from '../crypto/ed25519.js';
import { checkKeyFile, formatKeyFile, MIN_PASSPHRASE, openKey, parseKeyFile, sealKey } from '../crypto/keystore.js';

/**
 * Key pair of a key file, given as its text or as what JSON.parse made of it. Takes about 0.3 s. Rejects with RangeError where it is no
 * key file, or another passphrase's; the message never holds a secret.
 */
export async function openKeyFile(file: string | object, passphrase: string): Promise<KeyPair> {
  const keyPair = await openKey(typeof file === 'string' ? parseKeyFile(file) : checkKeyFile(file), passphrase);
  if (!keyPair) throw new RangeError('expected the passphrase of this key file, got another');
  return keyPair;
}

/** Text of a new key file, for `corrente … --key FILE` and for openKeyFile. Rejects with RangeError on a short passphrase. */
export async function sealKeyFile(keyPair: KeyPair, passphrase: string): Promise<string> {
  if (passphrase.length < MIN_PASSPHRASE) {
    throw new RangeError(`expected a passphrase of at least ${MIN_PASSPHRASE} characters, got ${passphrase.length}`);
  }
  return formatKeyFile(await sealKey(keyPair, passphrase));
}
