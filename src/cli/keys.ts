import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { accountOfWords, MAX_ACCOUNT } from '../crypto/accounts.js';
import { encodeAddress } from '../crypto/address.js';
import { fromHex, toHex } from '../crypto/bytes.js';
import { generateKeyPair, type KeyPair, keyPairFromSeed } from '../crypto/ed25519.js';
import { formatKeyFile, MIN_PASSPHRASE, openKey, parseKeyFile, passphraseFault, sealKey } from '../crypto/keystore.js';
import { makeFolders } from '../util/files.js';
import { createSecretFile, refuseShared, replaceSecretFile } from '../wallet/secretFile.js';
import { Failure, inWords } from './failure.js';
import { addressPrefix, flag, homePath, integer, jsonOption, path } from './options.js';
import { print, table } from './terminal.js';
import { readSecretText, readText, reasonOf } from './textFile.js';
import { seedOfWords, wordsOfSeed } from '../crypto/seedWords.js';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

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
    .addOption(accountOption())
    .addOption(outOption())
    .addOption(prefixOption())
    .addOption(passphraseFileOption())
    .addOption(jsonOption())
    .action(async (options) => save(await readSecretKey(options), options));
  keys.addCommand(exportKeyCommand());
  keys.addCommand(passphraseCommand());
  keys
    .command('list')
    .description('the key files in ~/.corrente/keys')
    .addOption(prefixOption())
    .addOption(jsonOption())
    .action(async (options) => {
      const folder = homePath('keys');
      const names = await readdir(folder).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      });
      const files = names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
      const read = await Promise.allSettled(files.map((file) => describe(file, options.prefix)));
      const found = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const lines = files.length === 0 ? [`no keys in ${folder}; make one with: npx corrente keys new`] : [];
      print(options.json, found, [...lines, ...table(found.map(({ address, file }) => [address, file]))]);
      // A file that is no key hides no other.
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
  const file = options.out ?? homePath('keys', `${toHex(keyPair.publicKey).slice(0, 16)}.json`);
  const text = formatKeyFile(await sealKey(keyPair, passphrase));
  if (!(await createKeyFile(file, text))) throw new Failure(`${file} exists, and a key is never overwritten`);
  const address = encodeAddress(options.prefix, keyPair.publicKey);
  print(options.json, { file, address, publicKey: toHex(keyPair.publicKey) }, [
    `address  ${address}`,
    `file     ${file}   (keep it and its passphrase; npx corrente keys export writes it as 24 words)`,
  ]);
}

async function createKeyFile(file: string, text: string): Promise<boolean> {
  try {
    makeFolders(dirname(file), 0o700);
    return await createSecretFile(file, text);
  } catch (error) {
    throw new Failure(`--out ${file}: ${inWords(error)}`);
  }
}

async function describe(file: string, prefix: string) {
  try {
    const { publicKey } = parseKeyFile(await readText(file));
    return { file, address: encodeAddress(prefix, fromHex(publicKey)), publicKey };
  } catch (error) {
    throw new Failure(`${file}: ${inWords(error)}`);
  }
}

/** `--secret-file FILE`: words or seed of a key. They are no flag, since every process can read flags. */
function secretFileOption() {
  return flag('--secret-file <file>', 'read the words or the seed from a file, - for standard input').argParser(path);
}

/** `--account NUMBER`: one of the accounts of the words, instead of the key that they spell. */
function accountOption() {
  return flag('--account <number>', 'derive this account of the words (SLIP-10) instead').argParser(
    integer(0, MAX_ACCOUNT),
  );
}

interface SecretOptions {
  readonly secretFile?: string | undefined;
  readonly account?: number | undefined;
}

/** The key that 24 words or a seed in hexadecimal spell, from a file or asked for in the terminal. Throws Failure that shows neither. */
async function readSecretKey({ secretFile, account }: SecretOptions): Promise<KeyPair> {
  if (secretFile === undefined && !process.stdin.isTTY) {
    throw new Failure(`expected ${SECRET}: give --secret-file FILE, - for standard input`, 2);
  }
  const name = secretFile === undefined ? '' : `--secret-file ${secretFile}: `;
  try {
    const text = secretFile === undefined ? await askHidden(`${SECRET}: `) : await readSecretText(secretFile);
    return account === undefined ? keyOf(text) : keyPairFromSeed(accountOfWords(text, account));
  } catch (error) {
    throw new Failure(`${name}${reasonOf(error, secretFile)}`, 2);
  }
}

/** `corrente keys export`. */
function exportKeyCommand() {
  return new Command('export')
    .description('the secret of a key file: 24 words to write down, or the seed; whoever has it has the coins')
    .argument('<file>')
    .addOption(flag('--as <form>', 'words (BIP 39) or seed (hexadecimal)').choices(['words', 'seed']).default('words'))
    .addOption(flag('--out <file>', 'a file to write instead of showing it; never overwritten').argParser(path))
    .addOption(passphraseFileOption())
    .addOption(jsonOption())
    .action(async (file, options) => {
      const { seed, publicKey } = await openKeyFile(file, options.passphraseFile);
      const secret = options.as === 'words' ? wordsOfSeed(seed) : toHex(seed);
      const shown = { file, publicKey: toHex(publicKey) };
      if (options.out === undefined) {
        print(options.json, { ...shown, [options.as]: secret }, [secret]);
        return;
      }
      const created = await createSecretFile(options.out, `${secret}\n`).catch((error: unknown) => {
        throw new Failure(`--out ${options.out}: ${inWords(error)}`);
      });
      if (!created) throw new Failure(`--out ${options.out}: it exists`);
      print(options.json, { ...shown, out: options.out }, [`${options.as} of ${file} are in ${options.out}`]);
    });
}

/** `corrente keys passphrase`. */
function passphraseCommand() {
  return new Command('passphrase')
    .description('change the passphrase of a key file; copies made before keep the old one')
    .argument('<file>')
    .addOption(passphraseFileOption())
    .addOption(newPassphraseFileOption())
    .addOption(jsonOption())
    .action(async (file, options) => {
      const keyPair = await openKeyFile(file, options.passphraseFile);
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

/** The key pair of a key file, under the passphrase that the options name or that is asked for. Throws Failure that begins with `name`. */
export async function openKeyFile(file: string, passphraseFile: string | undefined, name = file): Promise<KeyPair> {
  let keyPair;
  try {
    const keyFile = parseKeyFile(await readText(file));
    // After that: the mode of a file that is no key does not matter.
    refuseShared(file, await stat(file));
    const passphrase = (await givenPassphrase(CURRENT, passphraseFile)) ?? (await askHidden('passphrase: '));
    keyPair = await openKey(keyFile, passphrase);
  } catch (error) {
    throw new Failure(`${name}: ${reasonOf(error, file)}`, 2);
  }
  if (!keyPair) throw new Failure(`${name}: the passphrase does not open it`);
  return keyPair;
}

/** `--passphrase-file FILE`: for scripts. A passphrase is no flag, since every process can read flags. */
export function passphraseFileOption() {
  return flag(
    '--passphrase-file <file>',
    'read the passphrase from the first line of a file (or set CORRENTE_PASSPHRASE)',
  ).argParser(path);
}

/** `--new-passphrase-file FILE`: where one passphrase takes the place of another. */
function newPassphraseFileOption() {
  return flag(
    '--new-passphrase-file <file>',
    'read the new passphrase from the first line of a file (or set CORRENTE_NEW_PASSPHRASE)',
  ).argParser(path);
}

/** A passphrase for a new file, asked for twice; from `--passphrase-file` and CORRENTE_PASSPHRASE unless another source is named. */
async function readNewPassphrase(file: string | undefined, source: Source = CURRENT): Promise<string> {
  const given = await givenPassphrase(source, file);
  const passphrase = given ?? (await askHidden(`new passphrase, at least ${MIN_PASSPHRASE} characters: `));
  const fault = passphraseFault(passphrase);
  if (fault !== undefined) throw new Failure(fault, 2);
  if (given === undefined && (await askHidden('again: ')) !== passphrase)
    throw new Failure('the two passphrases differ', 2);
  return passphrase;
}

/** What a person types without its being shown. Throws Failure if the input ends. */
async function askHidden(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  // Not before: until then the terminal shows what is typed.
  process.stderr.write(question);
  const ended = new AbortController();
  // Ctrl-D, and Ctrl-C, which comes to the reader and not as a signal.
  terminal.on('close', () => ended.abort()).on('SIGINT', () => ended.abort());
  try {
    return await terminal.question('', { signal: ended.signal });
  } catch (error) {
    if (ended.signal.aborted) throw new Failure('stopped, nothing was changed');
    throw error;
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

interface Source {
  readonly flag: string;
  readonly variable: string;
}

/** Where the passphrase of an existing file is found. */
const CURRENT: Source = { flag: '--passphrase-file', variable: 'CORRENTE_PASSPHRASE' };
/** Where the one that takes its place is found. */
const REPLACEMENT: Source = { flag: '--new-passphrase-file', variable: 'CORRENTE_NEW_PASSPHRASE' };

/** Undefined: it has to be asked for, and there is a terminal to do it. */
async function givenPassphrase(
  { flag: name, variable }: Source,
  file: string | undefined,
): Promise<string | undefined> {
  if (file !== undefined) {
    try {
      return (await readSecretText(file)).split(/\r\n|\r|\n/, 1)[0]!;
    } catch (error) {
      throw new Failure(`${name} ${file}: ${reasonOf(error, file)}`, 2);
    }
  }
  const fromEnvironment = process.env[variable];
  if (fromEnvironment !== undefined || process.stdin.isTTY) return fromEnvironment;
  throw new Failure(`expected a passphrase: set ${variable}, or give ${name}`, 2);
}
