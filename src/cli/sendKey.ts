import { readFile } from 'node:fs/promises';
import { developmentAccount } from '../consensus/network.js';
import type { KeyPair } from '../crypto/ed25519.js';
import { openKey, parseKeyFile } from '../crypto/keystore.js';
import { Failure } from './failure.js';
import { readPassphrase } from './passphrase.js';

/** The key pair that a command's options name: of a key file, or of a development account. Throws Failure. */
export async function senderKey(options: {
  readonly key?: string | undefined;
  readonly developmentAccount?: number | undefined;
  readonly passphraseFile?: string | undefined;
}): Promise<KeyPair> {
  if (options.developmentAccount !== undefined) return developmentAccount(options.developmentAccount);
  if (options.key === undefined) {
    throw new Failure('expected --key FILE or --development-account N to say who sends', 2);
  }
  let file;
  try {
    file = parseKeyFile(await readFile(options.key, 'utf8'));
  } catch (error) {
    throw new Failure(`--key ${options.key}: ${(error as Error).message}`, 2);
  }
  const keyPair = await openKey(file, await readPassphrase(options));
  if (!keyPair) throw new Failure(`--key ${options.key}: the passphrase does not open it`);
  return keyPair;
}
