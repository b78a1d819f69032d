import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Failure } from './failure.js';
import { flag } from './options.js';

/** `--passphrase-file FILE`: for scripts. A passphrase is no flag, since every process can read flags. */
export function passphraseFileOption() {
  return flag(
    '--passphrase-file <file>',
    'read the passphrase from the first line of a file (or set CORRENTE_PASSPHRASE)',
  );
}

/** The passphrase from the file, from CORRENTE_PASSPHRASE, or asked for in the terminal without showing it. */
export async function readPassphrase(options: {
  readonly passphraseFile?: string | undefined;
  /** Ask twice: it is a new one. */
  readonly confirm?: boolean;
}): Promise<string> {
  if (options.passphraseFile !== undefined) {
    try {
      return (await readFile(options.passphraseFile, 'utf8')).split(/\r?\n/, 1)[0]!;
    } catch (error) {
      throw new Failure(`--passphrase-file ${options.passphraseFile}: ${(error as Error).message}`, 2);
    }
  }
  const fromEnvironment = process.env['CORRENTE_PASSPHRASE'];
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (!process.stdin.isTTY) {
    throw new Failure('expected a passphrase: set CORRENTE_PASSPHRASE, or give --passphrase-file', 2);
  }
  const passphrase = await ask('passphrase: ');
  if (options.confirm && (await ask('again: ')) !== passphrase) throw new Failure('the two passphrases differ', 2);
  return passphrase;
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
