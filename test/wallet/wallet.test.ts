import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { toHex } from '../../src/crypto/bytes.js';
import { verifySignature } from '../../src/crypto/ed25519.js';
import { openKey, parseKeyFile } from '../../src/crypto/keystore.js';
import { Wallet, type WalletState } from '../../src/wallet/wallet.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const PASSPHRASE = 'correct horse';
const payload = new TextEncoder().encode('a payload');
const newPath = () => join(temporaryFolder(), 'wallet.json');

/** A wallet that was just created, unlocked. */
async function created() {
  const path = newPath();
  const wallet = await Wallet.open(path);
  const state = await wallet.create(PASSPHRASE);
  assert.ok('publicKey' in state);
  return { path, wallet, publicKey: state.publicKey };
}

async function signs(wallet: Wallet, publicKey: Uint8Array): Promise<boolean> {
  const signature = await wallet.sign(payload);
  return signature instanceof Uint8Array && verifySignature(publicKey, payload, signature);
}

describe('a node without a wallet', () => {
  it('says so to everything but create', async () => {
    const path = newPath();
    const wallet = await Wallet.open(path);
    assert.equal(wallet.state(), undefined);
    assert.deepEqual(await wallet.unlock(PASSPHRASE), { code: 'WALLET_UNAVAILABLE' });
    assert.deepEqual(wallet.lock(), { code: 'WALLET_UNAVAILABLE' });
    assert.deepEqual(wallet.sign(payload), { code: 'WALLET_UNAVAILABLE' });
    assert.deepEqual(readdirSync(dirname(path)), []);
  });

  it('refuses a passphrase of fewer than 8 characters', async () => {
    const wallet = await Wallet.open(newPath());
    const expected = { code: 'MALFORMED', field: 'passphrase', expected: 'at least 8 characters', got: '7' };
    assert.deepEqual(await wallet.create('1234567'), expected);
    assert.equal(wallet.state(), undefined);
    assert.ok('publicKey' in (await wallet.create('12345678')));
  });
});

describe('a wallet', () => {
  it('is created unlocked, in a file that only its owner reads and that opens with the passphrase', async () => {
    const { path, wallet, publicKey } = await created();
    assert.deepEqual(wallet.state(), { publicKey, locked: false });
    assert.ok(await signs(wallet, publicKey));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const keyPair = await openKey(parseKeyFile(readFileSync(path, 'utf8')), PASSPHRASE);
    assert.deepEqual(keyPair?.publicKey, publicKey);
  });

  it('is locked when it is opened again, and signs nothing until the right passphrase', async () => {
    const { path, publicKey } = await created();
    const wallet = await Wallet.open(path);
    assert.deepEqual(wallet.state(), { publicKey, locked: true });
    assert.deepEqual(wallet.sign(payload), { code: 'WALLET_LOCKED', wrongPassphrase: false });
    assert.deepEqual(await wallet.unlock('wrong horse'), { code: 'WALLET_LOCKED', wrongPassphrase: true });
    assert.deepEqual(wallet.sign(payload), { code: 'WALLET_LOCKED', wrongPassphrase: false });
    assert.deepEqual(await wallet.unlock(PASSPHRASE), { publicKey, locked: false });
    assert.ok(await signs(wallet, publicKey));
  });

  it('signs nothing after lock, and signs again after unlock', async () => {
    const { wallet, publicKey } = await created();
    assert.deepEqual(wallet.lock(), { publicKey, locked: true });
    assert.deepEqual(wallet.sign(payload), { code: 'WALLET_LOCKED', wrongPassphrase: false });
    assert.deepEqual(wallet.lock(), { publicKey, locked: true });
    assert.deepEqual(await wallet.unlock(PASSPHRASE), { publicKey, locked: false });
    assert.ok(await signs(wallet, publicKey));
  });

  it('stays unlocked when somebody tries a wrong passphrase', async () => {
    const { wallet, publicKey } = await created();
    assert.deepEqual(await wallet.unlock('wrong horse'), { code: 'WALLET_LOCKED', wrongPassphrase: true });
    assert.ok(await signs(wallet, publicKey));
  });
});

describe('a wallet is never overwritten', () => {
  it('by another create', async () => {
    const { path, wallet, publicKey } = await created();
    const before = readFileSync(path, 'utf8');
    assert.deepEqual(await wallet.create('another passphrase'), { code: 'WALLET_EXISTS' });
    assert.deepEqual(await (await Wallet.open(path)).create('another passphrase'), { code: 'WALLET_EXISTS' });
    assert.equal(readFileSync(path, 'utf8'), before);
    assert.ok(await signs(wallet, publicKey));
  });

  for (const [situation, wallets] of [
    ['of one node', (wallet: Wallet) => [wallet, wallet]],
    ['of two nodes', (wallet: Wallet, other: Wallet) => [wallet, other]],
  ] as const) {
    it(`by two that create at once ${situation}: one makes it, the other gets an error`, async () => {
      const path = newPath();
      const [first, second] = wallets(await Wallet.open(path), await Wallet.open(path)) as [Wallet, Wallet];
      const outcomes = await Promise.all([
        first.create('the first passphrase'),
        second.create('the second passphrase'),
      ]);
      const made = outcomes.filter((outcome): outcome is WalletState => 'publicKey' in outcome);
      assert.equal(made.length, 1);
      assert.deepEqual(
        outcomes.filter((outcome) => 'code' in outcome),
        [{ code: 'WALLET_EXISTS' }],
      );
      assert.equal(parseKeyFile(readFileSync(path, 'utf8')).publicKey, toHex(made[0]!.publicKey));
      const winner = 'publicKey' in outcomes[0] ? first : second;
      assert.ok(await signs(winner, made[0]!.publicKey));
      assert.deepEqual(readdirSync(dirname(path)), ['wallet.json']);
    });
  }
});

describe('a wallet gives no secret away', () => {
  it('to inspect, JSON or its own fields, locked or not', async () => {
    const { path, wallet } = await created();
    const { seed } = (await openKey(parseKeyFile(readFileSync(path, 'utf8')), PASSPHRASE))!;
    const secrets = [toHex(seed), [...seed].join(), PASSPHRASE];
    // The same look at something that holds the seed finds it.
    assert.ok(shown({ seed }).some((text) => secrets.some((secret) => text.includes(secret))));
    for (const lock of [false, true]) {
      if (lock) wallet.lock();
      for (const text of [...shown(wallet), ...shown(wallet.state()), readFileSync(path, 'utf8')]) {
        for (const secret of secrets) assert.ok(!text.includes(secret), text);
      }
    }
  });

  it('in its message about a malformed file', async () => {
    const { path } = await created();
    const good = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const secret = 'a secret in the wrong place';
    for (const [text, expected] of [
      ['', /expected a key file \(JSON\), got something else/],
      [secret, /expected a key file \(JSON\), got something else/],
      [JSON.stringify({ ...good, version: 2 }), /expected a key file of version 1, got 2/],
      [JSON.stringify({ ...good, box: secret }), /box: expected 96 hexadecimal characters, got something else/],
      [JSON.stringify({ ...good, publicKey: undefined }), /publicKey: expected 64 hexadecimal characters/],
    ] as const) {
      writeFileSync(path, text);
      await assert.rejects(Wallet.open(path), (error: Error) => {
        assert.ok(error instanceof RangeError);
        assert.ok(error.message.startsWith(`${path}: `));
        assert.match(error.message, expected);
        assert.ok(!shown(error).some((line) => line.includes(secret)));
        return true;
      });
      assert.equal(readFileSync(path, 'utf8'), text);
    }
    writeFileSync(path, JSON.stringify(good));
    assert.ok((await Wallet.open(path)).state()?.locked);
  });
});

/** Everything that a careless log line could print of a value, at any depth. */
function shown(value: object | undefined): string[] {
  const inspected = inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null });
  return [inspected, inspected.replace(/\s+/g, ''), JSON.stringify(value)];
}
