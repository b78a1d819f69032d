import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { MIN_PASSPHRASE } from '../crypto/keystore.js';
import { Failure } from './failure.js';
import { flag, path } from './options.js';
import { readSecretText, reasonOf } from './textFile.js';

/** `--passphrase-file FILE`: for scripts. A passphrase is no flag, since every process can read flags. */
export function passphraseFileOption() {
  return flag(
    '--passphrase-file <file>',
    'read the passphrase from the first line of a file (or set CORRENTE_PASSPHRASE)',
  ).argParser(path);
}

/** `--new-passphrase-file FILE`: where one passphrase takes the place of another. */
export function newPassphraseFileOption() {
  return flag(
    '--new-passphrase-file <file>',
    'read the new passphrase from the first line of a file (or set CORRENTE_NEW_PASSPHRASE)',
  ).argParser(path);
}

/** The passphrase from the file, from CORRENTE_PASSPHRASE, or asked for in the terminal without showing it. */
export async function readPassphrase(options: { readonly passphraseFile?: string | undefined }): Promise<string> {
  return (await givenPassphrase(CURRENT, options.passphraseFile)) ?? (await askHidden('passphrase: '));
}

/** A passphrase for a new file, asked for twice; from `--passphrase-file` and CORRENTE_PASSPHRASE unless another source is named. */
export async function readNewPassphrase(file: string | undefined, source: Source = CURRENT): Promise<string> {
  const given = await givenPassphrase(source, file);
  if (given !== undefined) return checkLength(given);
  const passphrase = checkLength(await askHidden(`new passphrase, at least ${MIN_PASSPHRASE} characters: `));
  if ((await askHidden('again: ')) !== passphrase) throw new Failure('the two passphrases differ', 2);
  return passphrase;
}

/** What a person types without its being shown. Throws Failure if the input ends. */
export async function askHidden(question: string): Promise<string> {
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
export const REPLACEMENT: Source = { flag: '--new-passphrase-file', variable: 'CORRENTE_NEW_PASSPHRASE' };

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

function checkLength(passphrase: string): string {
  if (passphrase.length >= MIN_PASSPHRASE) return passphrase;
  throw new Failure(`expected a passphrase of at least ${MIN_PASSPHRASE} characters, got ${passphrase.length}`, 2);
}
