import { Command } from '@commander-js/extra-typings';
import { fromHex, toHex } from '../crypto/bytes.js';
import { keyPairFromSeed, type KeyPair } from '../crypto/ed25519.js';
import { formatKeyFile, openKey, sealKey } from '../crypto/keystore.js';
import { seedOfWords, wordsOfSeed } from '../crypto/seedWords.js';
import { createSecretFile, replaceSecretFile } from '../wallet/secretFile.js';
import { Failure } from './failure.js';
import { openKeyFile } from './openKeyFile.js';
import { flag, jsonOption, path } from './options.js';
import { print } from './output.js';
import {
  askHidden,
  newPassphraseFileOption,
  passphraseFileOption,
  readNewPassphrase,
  REPLACEMENT,
} from './passphrase.js';
import { readSecretText, reasonOf } from './secretText.js';

/** `--secret-file FILE`: words or seed of a key. They are no flag, since every process can read flags. */
export function secretFileOption() {
  return flag('--secret-file <file>', 'read the words or the seed from a file, - for standard input').argParser(path);
}

/** The key that 24 words or a seed in hexadecimal spell, from a file or asked for in the terminal. Throws Failure that shows neither. */
export async function readSecretKey(secretFile: string | undefined): Promise<KeyPair> {
  if (secretFile === undefined && !process.stdin.isTTY) {
    throw new Failure(`expected ${SECRET}: give --secret-file FILE, - for standard input`, 2);
  }
  const name = secretFile === undefined ? '' : `--secret-file ${secretFile}: `;
  try {
    return keyOf(secretFile === undefined ? await askHidden(`${SECRET}: `) : await readSecretText(secretFile));
  } catch (error) {
    throw new Failure(`${name}${reasonOf(error, secretFile)}`, 2);
  }
}

/** `corrente keys export`. */
export function exportKeyCommand() {
  return new Command('export')
    .description('the secret of a key file: 24 words to write down, or the seed; whoever has it has the coins')
    .argument('<file>')
    .addOption(flag('--as <form>', 'words (BIP 39) or seed (hexadecimal)').choices(['words', 'seed']).default('words'))
    .addOption(flag('--out <file>', 'a file to write instead of showing it; never overwritten').argParser(path))
    .addOption(passphraseFileOption())
    .addOption(jsonOption())
    .action(async (file, options) => {
      const { seed, publicKey } = await openKeyFile(file, options);
      const secret = options.as === 'words' ? wordsOfSeed(seed) : toHex(seed);
      const shown = { file, publicKey: toHex(publicKey) };
      if (options.out === undefined) {
        print(options.json, { ...shown, [options.as]: secret }, [secret]);
        return;
      }
      const created = await createSecretFile(options.out, `${secret}\n`).catch((error: unknown) => {
        throw new Failure(`--out ${options.out}: ${(error as Error).message}`);
      });
      if (!created) throw new Failure(`--out ${options.out}: it exists`);
      print(options.json, { ...shown, out: options.out }, [`${options.as} of ${file} are in ${options.out}`]);
    });
}

/** `corrente keys passphrase`. */
export function passphraseCommand() {
  return new Command('passphrase')
    .description('change the passphrase of a key file; copies made before keep the old one')
    .argument('<file>')
    .addOption(passphraseFileOption())
    .addOption(newPassphraseFileOption())
    .addOption(jsonOption())
    .action(async (file, options) => {
      const keyPair = await openKeyFile(file, options);
      const passphrase = await readNewPassphrase(options.newPassphraseFile, REPLACEMENT);
      const sealed = await sealKey(keyPair, passphrase);
      // The only copy is about to be replaced.
      if (!(await openKey(sealed, passphrase))) throw new Error('the new key file does not open');
      await replaceSecretFile(file, formatKeyFile(sealed));
      print(options.json, { file, publicKey: sealed.publicKey }, [`${file} has the new passphrase`]);
    });
}

function keyOf(text: string): KeyPair {
  const secret = text.trim();
  if (secret.startsWith('{')) {
    throw new RangeError(`expected ${SECRET}, got a key file: use it as it is, with --key FILE`);
  }
  return keyPairFromSeed(/^[0-9a-f]{64}$/i.test(secret) ? fromHex(secret) : seedOfWords(secret));
}

const SECRET = '24 words, or a seed of 64 hexadecimal characters';
