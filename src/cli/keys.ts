import { readdir, readFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { encodeAddress } from '../crypto/address.js';
import { fromHex, toHex } from '../crypto/bytes.js';
import { generateKeyPair } from '../crypto/ed25519.js';
import { parseKeyFile, sealKey } from '../crypto/keystore.js';
import { createSecretFile } from '../wallet/secretFile.js';
import { Failure } from './failure.js';
import { addressPrefix, flag, jsonOption, keysFolder } from './options.js';
import { print, table } from './output.js';
import { passphraseFileOption, readPassphrase } from './passphrase.js';

const MIN_PASSPHRASE = 8;

function prefixOption() {
  return flag('--prefix <prefix>', "address prefix of the key's network").argParser(addressPrefix).default('cor');
}

/** `corrente keys`: encrypted key files of the person at the terminal, not of a node. */
export function keysCommand() {
  const keys = new Command('keys').description('encrypted key files for signing transfers');
  keys
    .command('new')
    .description('make a key in an encrypted file')
    .addOption(flag('--out <file>', 'where to (default: ~/.corrente/keys/<public key>.json)'))
    .addOption(prefixOption())
    .addOption(passphraseFileOption())
    .addOption(jsonOption())
    .action(async (options) => {
      const passphrase = await readPassphrase({ ...options, confirm: true });
      if (passphrase.length < MIN_PASSPHRASE) {
        throw new Failure(
          `expected a passphrase of at least ${MIN_PASSPHRASE} characters, got ${passphrase.length}`,
          2,
        );
      }
      const keyPair = generateKeyPair();
      const file = options.out ?? join(keysFolder(), `${toHex(keyPair.publicKey).slice(0, 16)}.json`);
      const text = `${JSON.stringify(await sealKey(keyPair, passphrase), null, 2)}\n`;
      if (!(await createKeyFile(file, text))) throw new Failure(`${file} exists, and a key is never overwritten`);
      const address = encodeAddress(options.prefix, keyPair.publicKey);
      print(options.json, { file, address, publicKey: toHex(keyPair.publicKey) }, [
        `address  ${address}`,
        `file     ${file}   (keep it and its passphrase: there is no other copy)`,
      ]);
    });
  keys
    .command('list')
    .description('the key files in ~/.corrente/keys')
    .addOption(prefixOption())
    .addOption(jsonOption())
    .action(async (options) => {
      const folder = keysFolder();
      const names = await readdir(folder).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      });
      const files = names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
      const read = await Promise.allSettled(files.map((file) => describe(file, options.prefix)));
      const found = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const lines = files.length === 0 ? [`no keys in ${folder}; make one with: corrente keys new`] : [];
      print(options.json, found, [...lines, ...table(found.map(({ address, file }) => [address, file]))]);
      // Those that are no keys hide none of the others.
      const failures = read.flatMap((result) =>
        result.status === 'rejected' ? [(result.reason as Error).message] : [],
      );
      if (failures.length > 0) throw new Failure(failures.join('\nerror: '));
    });
  keys
    .command('show')
    .description('address and public key of a key file; its secret stays in it')
    .argument('<file>')
    .addOption(prefixOption())
    .addOption(jsonOption())
    .action(async (file, options) => {
      const key = await describe(file, options.prefix);
      print(options.json, key, [`address     ${key.address}`, `public key  ${key.publicKey}`]);
    });
  return keys;
}

async function createKeyFile(file: string, text: string): Promise<boolean> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return await createSecretFile(file, text);
  } catch (error) {
    throw new Failure(`--out ${file}: ${(error as Error).message}`);
  }
}

async function describe(file: string, prefix: string) {
  try {
    const { publicKey } = parseKeyFile(await readFile(file, 'utf8'));
    return { file, address: encodeAddress(prefix, fromHex(publicKey)), publicKey };
  } catch (error) {
    throw new Failure(`${file}: ${(error as Error).message}`);
  }
}
