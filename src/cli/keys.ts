import { readdir, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { encodeAddress } from '../crypto/address.js';
import { fromHex, toHex } from '../crypto/bytes.js';
import { generateKeyPair, type KeyPair } from '../crypto/ed25519.js';
import { formatKeyFile, parseKeyFile, sealKey } from '../crypto/keystore.js';
import { createSecretFile } from '../wallet/secretFile.js';
import { Failure } from './failure.js';
import { exportKeyCommand, passphraseCommand, readSecretKey, secretFileOption } from './keySecrets.js';
import { addressPrefix, flag, jsonOption, keysFolder, path } from './options.js';
import { print, table } from './output.js';
import { passphraseFileOption, readNewPassphrase } from './passphrase.js';
import { readText } from './textFile.js';

function prefixOption() {
  return flag('--prefix <prefix>', "address prefix of the key's network").argParser(addressPrefix).default('cor');
}

function outOption() {
  return flag('--out <file>', 'where to (default: ~/.corrente/keys/<public key>.json)').argParser(path);
}

/** `corrente keys`: encrypted key files of the person at the terminal, not of a node. */
export function keysCommand() {
  const keys = new Command('keys').description('encrypted key files for signing transfers');
  keys
    .command('new')
    .description('make a key in an encrypted file')
    .addOption(outOption())
    .addOption(prefixOption())
    .addOption(passphraseFileOption())
    .addOption(jsonOption())
    .action((options) => save(generateKeyPair(), options));
  keys
    .command('import')
    .description('put a key that you have, as 24 words or as its seed, into an encrypted file')
    .addOption(secretFileOption())
    .addOption(outOption())
    .addOption(prefixOption())
    .addOption(passphraseFileOption())
    .addOption(jsonOption())
    .action(async (options) => save(await readSecretKey(options.secretFile), options));
  keys.addCommand(exportKeyCommand());
  keys.addCommand(passphraseCommand());
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

interface SaveOptions {
  readonly out?: string | undefined;
  readonly prefix: string;
  readonly passphraseFile?: string | undefined;
  readonly json?: true | undefined;
}

/** Puts a key into a new file under a new passphrase, and says where. */
async function save(keyPair: KeyPair, options: SaveOptions): Promise<void> {
  const passphrase = await readNewPassphrase(options.passphraseFile);
  const file = options.out ?? join(keysFolder(), `${toHex(keyPair.publicKey).slice(0, 16)}.json`);
  const text = formatKeyFile(await sealKey(keyPair, passphrase));
  if (!(await createKeyFile(file, text))) throw new Failure(`${file} exists, and a key is never overwritten`);
  const address = encodeAddress(options.prefix, keyPair.publicKey);
  print(options.json, { file, address, publicKey: toHex(keyPair.publicKey) }, [
    `address  ${address}`,
    `file     ${file}   (keep it and its passphrase; corrente keys export writes it as 24 words)`,
  ]);
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
    const { publicKey } = parseKeyFile(await readText(file));
    return { file, address: encodeAddress(prefix, fromHex(publicKey)), publicKey };
  } catch (error) {
    throw new Failure(`${file}: ${(error as Error).message}`);
  }
}
