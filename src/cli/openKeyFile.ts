import { stat } from 'node:fs/promises';
import type { KeyPair } from '../crypto/ed25519.js';
import { openKey, parseKeyFile } from '../crypto/keystore.js';
import { refuseShared } from '../wallet/secretFile.js';
import { Failure } from './failure.js';
import { readPassphrase } from './passphrase.js';
import { reasonOf } from './secretText.js';
import { readText } from './textFile.js';

/** The key pair of a key file, under the passphrase that the options name or that is asked for. Throws Failure that begins with `name`. */
export async function openKeyFile(
  file: string,
  options: { readonly passphraseFile?: string | undefined },
  name = file,
): Promise<KeyPair> {
  let keyPair;
  try {
    const keyFile = parseKeyFile(await readText(file));
    // After that: the mode of what is no key matters to nobody.
    refuseShared(file, await stat(file));
    keyPair = await openKey(keyFile, await readPassphrase(options));
  } catch (error) {
    throw new Failure(`${name}: ${reasonOf(error, file)}`, 2);
  }
  if (!keyPair) throw new Failure(`${name}: the passphrase does not open it`);
  return keyPair;
}
