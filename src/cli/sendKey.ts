import { developmentAccount } from '../consensus/network.js';
import type { KeyPair } from '../crypto/ed25519.js';
import { Failure } from './failure.js';
import { openKeyFile } from './openKeyFile.js';

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
  return openKeyFile(options.key, options, `--key ${options.key}`);
}
