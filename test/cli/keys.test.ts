import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { encodeAddress } from '../../src/crypto/address.js';
import { fromHex, toHex } from '../../src/crypto/bytes.js';
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

async function shown<Value = Shown>(line: string, env = {}): Promise<Value> {
  const { code, stdout, stderr } = await run([...line.split(' '), '--json'], env);
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout) as Value;
}

describe('corrente keys new', () => {
  it('makes a key that only its owner reads, and says its address and file', async () => {
    const { code, stdout } = await run(['keys', 'list']);
    assert.equal(code, 0);
    assert.match(stdout, /^no keys in .*; make one with: corrente keys new\n$/);
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

  it('takes the first line of a passphrase file, however it ends', async () => {
    writeFileSync(inHome('passphrase'), `${PASSPHRASE}\r\nnot this\n`);
    await shown('keys new --out second.json --passphrase-file passphrase');
    assert.ok(await openKey(parseKeyFile(readFileSync(inHome('second.json'), 'utf8')), PASSPHRASE));
  });

  it('is refused without a good passphrase or a place to write, and makes nothing', async () => {
    const line = ['keys', 'new', '--out', 'third.json'];
    assertRefused(await run(line), 2, /expected a passphrase: set CORRENTE_PASSPHRASE, or give --passphrase-file/);
    assertRefused(await run(line, { CORRENTE_PASSPHRASE: 'short' }), 2, /at least 8 characters, got 5/);
    assertRefused(await run([...line, '--passphrase-file', 'missing']), 2, /--passphrase-file missing: ENOENT/);
    assertRefused(await run(['keys', 'new', '--out', '/dev/null/k'], withPassphrase), 1, /--out \/dev\/null\/k: /);
    assert.ok(!readdirSync(home).includes('third.json'));
    await shown('keys new --out third.json', withPassphrase);
  });
});

describe('corrente keys list', () => {
  it('lists the keys beside a file that is none, names that file, and ends with 1', async () => {
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
  it('tells address and public key, under the prefix asked for', async () => {
    const made = await shown('keys new --out shown.json --prefix ours', withPassphrase);
    assert.match(made.address, /^ours1/);
    assert.deepEqual(await shown('keys show shown.json --prefix ours'), made);
    const { stdout } = await run(['keys', 'show', 'shown.json', '--prefix', 'ours']);
    assert.equal(stdout, `address     ${made.address}\npublic key  ${made.publicKey}\n`);
  });

  it('says what is wrong with a file that holds no key, and never what it holds', async () => {
    assertRefused(await run(['keys', 'show', 'missing.json']), 1, /missing\.json: ENOENT/);
    const secret = '7'.repeat(64);
    for (const text of [secret, `{"version":1,"seed":"${secret}"}`, `{"version":"${secret}"`]) {
      writeFileSync(inHome('malformed.json'), text);
      const ended = await run(['keys', 'show', 'malformed.json']);
      assertRefused(ended, 1, /malformed\.json: .*expected .*got /);
      assert.ok(!ended.stderr.includes(secret));
    }
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
