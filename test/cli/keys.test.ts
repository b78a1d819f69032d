import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openKeyFile, sealKeyFile } from '../../src/client/transfer.js';
import { accountOfWords } from '../../src/crypto/accounts.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { fromHex, toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed } from '../../src/crypto/ed25519.js';
import { openKey, parseKeyFile } from '../../src/crypto/keystore.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { commandLines } from './corrente.js';

const home = temporaryFolder();
const run = commandLines(home);
const PASSPHRASE = 'correct horse';
const withPassphrase = { CORRENTE_PASSPHRASE: PASSPHRASE };
const inHome = (name: string) => join(home, name);

interface Shown {
  readonly file: string;
  readonly address: string;
  readonly publicKey: string;
}

/** Writes a file that only its owner reads. */
function secret(name: string, contents: string | Buffer): void {
  rmSync(inHome(name), { force: true });
  writeFileSync(inHome(name), contents, { mode: 0o600 });
}

async function shown<Value = Shown>(line: string, env = {}): Promise<Value> {
  const { code, stdout, stderr } = await run([...line.split(' '), '--json'], env);
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout) as Value;
}

describe('corrente keys new', () => {
  it('makes a key that only its owner reads, and says its address and file', async () => {
    const { code, stdout } = await run(['keys', 'list']);
    assert.equal(code, 0);
    assert.match(stdout, /^no keys in .*; make one with: npx corrente keys new\n$/);
    const made = await shown('keys new', withPassphrase);
    assert.equal(made.file, inHome(`.corrente/keys/${made.publicKey.slice(0, 16)}.json`));
    assert.equal(made.address, encodeAddress('cor', fromHex(made.publicKey)));
    assert.equal(statSync(made.file).mode & 0o777, 0o600);
    assert.equal(statSync(inHome('.corrente/keys')).mode & 0o777, 0o700);
    const keyPair = await openKey(parseKeyFile(readFileSync(made.file, 'utf8')), PASSPHRASE);
    assert.equal(toHex(keyPair!.publicKey), made.publicKey);
    assert.deepEqual(await shown<Shown[]>('keys list'), [made]);
  });

  it('never overwrites a file', async () => {
    await shown('keys new --out own.json', withPassphrase);
    const before = readFileSync(inHome('own.json'), 'utf8');
    const ended = await run(['keys', 'new', '--out', 'own.json'], withPassphrase);
    assertRefused(ended, 1, /own\.json exists, and a key is never overwritten/);
    assert.equal(readFileSync(inHome('own.json'), 'utf8'), before);
    assert.deepEqual(
      readdirSync(home).filter((name) => name.startsWith('own')),
      ['own.json'],
    );
  });

  it('takes the first line of a passphrase file, however it ends and whatever mark it begins with', async () => {
    for (const [index, text] of [
      `${PASSPHRASE}\r\nnot this\n`,
      `${PASSPHRASE}\rnot this`,
      PASSPHRASE,
      `\ufeff${PASSPHRASE}\r\n`,
    ].entries()) {
      secret('passphrase', text);
      const { file } = await shown(`keys new --out line${index}.json --passphrase-file passphrase`);
      assert.ok(await openKey(parseKeyFile(readFileSync(inHome(file), 'utf8')), PASSPHRASE), JSON.stringify(text));
    }
  });

  it('refuses a passphrase file that is not UTF-8 or that others can read, and makes nothing', async () => {
    const line = ['keys', 'new', '--out', 'unreadable.json', '--passphrase-file', 'passphrase'];
    secret('passphrase', Buffer.from(`\ufeff${PASSPHRASE}\r\n`, 'utf16le'));
    assertRefused(await run(line), 2, /--passphrase-file passphrase: expected text in UTF-8, got UTF-16/);
    secret('passphrase', Buffer.from('p\xe4ssphrase\n', 'latin1'));
    assertRefused(
      await run(line),
      2,
      /--passphrase-file passphrase: expected text in UTF-8, got other bytes in line 1/,
    );
    secret('passphrase', `${PASSPHRASE}\n`);
    chmodSync(inHome('passphrase'), 0o640);
    assertRefused(await run(line), 2, /only its owner can read, got mode 0640; run: chmod 600 passphrase$/);
    assert.ok(!readdirSync(home).includes('unreadable.json'));
  });

  it('is refused without a good passphrase or a place to write, and makes nothing', async () => {
    const line = ['keys', 'new', '--out', 'third.json'];
    assertRefused(await run(line), 2, /expected a passphrase: set CORRENTE_PASSPHRASE, or give --passphrase-file/);
    assertRefused(await run(line, { CORRENTE_PASSPHRASE: 'short' }), 2, /at least 8 characters, got 5/);
    assertRefused(
      await run([...line, '--passphrase-file', 'missing']),
      2,
      /--passphrase-file missing: no such file or folder/,
    );
    assertRefused(await run(['keys', 'new', '--out', '/dev/null/k'], withPassphrase), 1, /--out \/dev\/null\/k: /);
    assert.ok(!readdirSync(home).includes('third.json'));
    await shown('keys new --out third.json', withPassphrase);
  });
});

describe('corrente keys list', () => {
  it('lists the keys beside a malformed file, names that file, and ends with 1', async () => {
    const made = await shown('keys new', withPassphrase);
    writeFileSync(inHome('.corrente/keys/notes.json'), '{"a":1}');
    const { code, stdout, stderr } = await run(['keys', 'list', '--json']);
    assert.equal(code, 1);
    assert.ok((JSON.parse(stdout) as Shown[]).some(({ address }) => address === made.address));
    assert.match(stderr, /^error: .*notes\.json: expected .*, got .*\n$/);
    rmSync(inHome('.corrente/keys/notes.json'));
    assert.equal((await run(['keys', 'list'])).code, 0);
  });
});

describe('corrente keys show', () => {
  it('shows address and public key, under the requested prefix', async () => {
    const made = await shown('keys new --out shown.json --prefix ours', withPassphrase);
    assert.match(made.address, /^ours1/);
    assert.deepEqual(await shown('keys show shown.json --prefix ours'), made);
    const { stdout } = await run(['keys', 'show', 'shown.json', '--prefix', 'ours']);
    assert.equal(stdout, `address     ${made.address}\npublic key  ${made.publicKey}\n`);
  });

  it('names the fault of a file without a key, and never its content', async () => {
    assertRefused(await run(['keys', 'show', 'missing.json']), 1, /missing\.json: no such file or folder/);
    const secret = '7'.repeat(64);
    for (const text of [secret, `{"version":1,"seed":"${secret}"}`, `{"version":"${secret}"`]) {
      writeFileSync(inHome('malformed.json'), text);
      const ended = await run(['keys', 'show', 'malformed.json']);
      assertRefused(ended, 1, /malformed\.json: .*expected .*got /);
      assert.ok(!ended.stderr.includes(secret));
    }
  });
});

describe('a key that travels', () => {
  const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
  const words =
    'output assault guess that stick core tube matter virus number arctic mass duty tired planet green harbor slide auction fix crack fire work arrive';
  const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';

  it('is one of the accounts of the words, where one is named', async () => {
    secret('secret', words);
    const keys = new Set([publicKey]);
    for (const account of [0, 1]) {
      const line = `keys import --secret-file secret --account ${account} --out account${account}.json`;
      const imported = await shown(line, withPassphrase);
      assert.equal(imported.publicKey, toHex(keyPairFromSeed(accountOfWords(words, account)).publicKey));
      keys.add(imported.publicKey);
    }
    assert.equal(keys.size, 3);
    secret('secret', seed);
    const ended = await run(['keys', 'import', '--secret-file', 'secret', '--account', '0'], withPassphrase);
    assertRefused(ended, 2, /--secret-file secret: expected 24 words, got 1/);
    assertRefused(await run(['keys', 'import', '--account', '-1']), 2, /--account.*expected a whole number from 0 to/);
  });

  it('comes from words or from a seed, and leaves as either', async () => {
    for (const [index, text] of [
      words,
      seed,
      `\ufeff${words.toUpperCase()}\r\n`,
      `${seed.toUpperCase()}\n`,
    ].entries()) {
      secret('secret', text);
      const line = `keys import --secret-file secret --out imported${index}.json`;
      assert.equal((await shown(line, withPassphrase)).publicKey, publicKey);
    }
    const left = await run(['keys', 'export', 'imported0.json'], withPassphrase);
    assert.deepEqual([left.code, left.stdout, left.stderr], [0, `${words}\n`, '']);
    const asSeed = await shown('keys export imported1.json --as seed', withPassphrase);
    assert.deepEqual(asSeed, { file: 'imported1.json', publicKey, seed });
    await shown('keys export imported1.json --out words', withPassphrase);
    assert.deepEqual(
      [readFileSync(inHome('words'), 'utf8'), statSync(inHome('words')).mode & 0o777],
      [`${words}\n`, 0o600],
    );
    const again = await run(['keys', 'export', 'imported1.json', '--out', 'words'], withPassphrase);
    assertRefused(again, 1, /--out words: it exists/);
  });

  it('opens in a client, and one sealed there opens here', async () => {
    secret('secret', words);
    const { file } = await shown('keys import --secret-file secret --out there.json', withPassphrase);
    const keyPair = await openKeyFile(readFileSync(inHome(file), 'utf8'), PASSPHRASE);
    assert.equal(toHex(keyPair.seed), seed);
    secret('sealed.json', `\ufeff${await sealKeyFile(keyPair, PASSPHRASE)}`);
    assert.equal((await run(['keys', 'export', 'sealed.json'], withPassphrase)).stdout, `${words}\n`);
    assert.equal((await shown('keys show sealed.json')).publicKey, publicKey);
  });

  it('is refused where it is no key, and never shown', async () => {
    const line = ['keys', 'import', '--secret-file', 'secret', '--out', 'wrong.json'];
    for (const [text, expected] of [
      [words.replace('output', 'outputs'), /word 1: expected one of the English list/],
      [words.replace('output assault', 'assault output'), /valid checksum/],
      [seed.slice(1), /expected 24 words, got 1/],
      [await sealKeyFile(keyPairFromSeed(fromHex(seed)), PASSPHRASE), /got a key file: use it as it is, with --key/],
    ] as const) {
      secret('secret', text);
      const ended = await run(line, withPassphrase);
      assertRefused(ended, 2, /--secret-file secret: /, expected);
      assert.ok(!/output|assault|9d61b19/.test(ended.stderr), ended.stderr);
    }
    assertRefused(await run(line.slice(0, 2), withPassphrase), 2, /expected 24 words, .* give --secret-file FILE/);
    assertRefused(await run(['keys', 'import', seed], withPassphrase), 2, /too many arguments/);
    assert.ok(!readdirSync(home).includes('wrong.json'));
    secret('secret', seed);
    assertRefused(await run(line, { CORRENTE_PASSPHRASE: 'short' }), 2, /at least 8 characters, got 5/);
    assert.equal((await run(line, withPassphrase)).code, 0);
  });

  it('gets a new passphrase, whole or not at all', async () => {
    secret('secret', words);
    await shown('keys import --secret-file secret --out changed.json', withPassphrase);
    const before = readFileSync(inHome('changed.json'), 'utf8');
    const line = ['keys', 'passphrase', 'changed.json'];
    for (const [env, code, expected] of [
      [{ CORRENTE_PASSPHRASE: 'wrong horse', CORRENTE_NEW_PASSPHRASE: 'battery staple' }, 1, /does not open it/],
      [{ ...withPassphrase, CORRENTE_NEW_PASSPHRASE: 'short' }, 2, /at least 8 characters, got 5/],
      [withPassphrase, 2, /set CORRENTE_NEW_PASSPHRASE, or give --new-passphrase-file/],
    ] as const) {
      assertRefused(await run(line, env), code, expected);
      assert.equal(readFileSync(inHome('changed.json'), 'utf8'), before);
    }
    assert.equal((await run(line, { ...withPassphrase, CORRENTE_NEW_PASSPHRASE: 'battery staple' })).code, 0);
    assert.equal(statSync(inHome('changed.json')).mode & 0o777, 0o600);
    const after = readFileSync(inHome('changed.json'), 'utf8');
    assert.equal(await openKey(parseKeyFile(after), PASSPHRASE), undefined);
    assert.equal(toHex((await openKey(parseKeyFile(after), 'battery staple'))!.seed), seed);
    assert.deepEqual(
      readdirSync(home).filter((name) => name.startsWith('changed')),
      ['changed.json'],
    );
  });

  it('is refused where others can read its file, by every command that opens it', async () => {
    await shown('keys new --out shared.json', withPassphrase);
    chmodSync(inHome('shared.json'), 0o644);
    const expected =
      /^error: (--key )?shared\.json: expected a file that only its owner can read, got mode 0644; run: chmod 600 shared\.json$/;
    for (const line of [
      'keys export shared.json',
      'keys passphrase shared.json',
      `send --key shared.json --to ${encodeAddress('cor', fromHex(publicKey))} --amount 1`,
    ]) {
      assertRefused(await run(line.split(' '), withPassphrase), 2, expected);
    }
    // The public parts are shown all the same.
    assert.equal((await run(['keys', 'show', 'shared.json'])).code, 0);
  });
});

it('the secret of a key is in no answer about it', async () => {
  const said: string[] = [];
  const made = await shown('keys new --out secret.json', withPassphrase);
  const { seed } = (await openKey(parseKeyFile(readFileSync(inHome(made.file), 'utf8')), PASSPHRASE))!;
  for (const line of ['keys show secret.json', 'keys list', 'keys new --out secret.json']) {
    for (const json of [[], ['--json']]) {
      const { stdout, stderr } = await run([...line.split(' '), ...json], withPassphrase);
      said.push(stdout + stderr);
    }
  }
  const all = said.join('\n');
  assert.ok(all.includes(made.publicKey));
  for (const secret of [toHex(seed), Buffer.from(seed).toString('base64'), PASSPHRASE])
    assert.ok(!all.includes(secret));
});
