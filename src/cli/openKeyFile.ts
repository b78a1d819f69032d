import type { KeyPair } from '../crypto/ed25519.js';
import { openKey, parseKeyFile } from '../crypto/keystore.js';
import { Failure } from './failure.js';
import { readPassphrase } from './passphrase.js';
import { readSecretText } from './secretText.js';

/** The key pair of a key file, under the passphrase that the options name or that is asked for. Throws Failure that begins with `name`. */
export async function openKeyFile(
  file: string,
  options: { readonly passphraseFile?: string | undefined },
  name = file,
): Promise<KeyPair> {
  let keyPair;
  try {
    const keyFile = parseKeyFile(await readSecretText(file));
    keyPair = await openKey(keyFile, await readPassphrase(options));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof RangeError) && code === undefined) throw error;
    throw new Failure(`${name}: ${message}`, 2);
  }
  if (!keyPair) throw new Failure(`${name}: the passphrase does not open it`);
  return keyPair;
}
