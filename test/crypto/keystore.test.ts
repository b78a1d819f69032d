import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fromHex, toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed } from '../../src/crypto/ed25519.js';
import { openKey, parseKeyFile, sealKey, sealKeyWith } from '../../src/crypto/keystore.js';
import { packageFolder } from '../support/packageFolder.js';

const keyPair = keyPairFromSeed(new Uint8Array(32).fill(5));

describe('an encrypted key', () => {
  it('opens with its passphrase, through its text, and does not show its seed', async () => {
    const file = await sealKey(keyPair, 'correct horse');
    const text = JSON.stringify(file);
    assert.ok(!text.includes(toHex(keyPair.seed)));
    assert.deepEqual(await openKey(parseKeyFile(text), 'correct horse'), keyPair);
  });

  it('does not open with another passphrase, or when a byte of the file changed', async () => {
    const file = await sealKey(keyPair, 'correct horse');
    const flipped = (hex: string) => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);
    assert.deepEqual(await openKey(file, 'correct horse'), keyPair);
    assert.equal(await openKey(file, 'correct horses'), undefined);
    for (const field of ['salt', 'nonce', 'box'] as const) {
      assert.equal(await openKey({ ...file, [field]: flipped(file[field]) }, 'correct horse'), undefined, field);
    }
  });

  it('opens with the same passphrase typed on another keyboard: Unicode is normalized', async () => {
    const file = await sealKey(keyPair, 'caf\u00e9');
    assert.deepEqual(await openKey(file, 'cafe\u0301'), keyPair);
  });

  it('differs each time: salt and nonce are new', async () => {
    const [a, b] = await Promise.all([sealKey(keyPair, 'x'), sealKey(keyPair, 'x')]);
    assert.notEqual(a.salt, b.salt);
    assert.notEqual(a.nonce, b.nonce);
    assert.notEqual(a.box, b.box);
  });
});

describe('the format of a key file', () => {
  // The vector of docs/protocol.md. It was written with node:crypto's scrypt and tweetnacl: another implementation of both.
  const vector = {
    version: 1,
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    salt: '000102030405060708090a0b0c0d0e0f',
    nonce: '101112131415161718191a1b1c1d1e1f2021222324252627',
    box: '6bea283bce8a76e8321e3662813389fcfbf36f952831f86897dd82f44f0ec1b837fafb5410597e7cd83428bfee54d5f5',
  };
  const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');

  it('equals the vector, both ways', async () => {
    assert.equal(toHex((await openKey(parseKeyFile(JSON.stringify(vector)), 'correct horse'))!.seed), toHex(seed));
    const [salt, nonce] = [fromHex(vector.salt), fromHex(vector.nonce)];
    assert.deepEqual(await sealKeyWith(keyPairFromSeed(seed), 'correct horse', { salt, nonce }), vector);
    const text = readFileSync(join(packageFolder(), 'docs/protocol.md'), 'utf8');
    for (const value of [...Object.values(vector), toHex(seed)]) assert.ok(text.includes(String(value)), `${value}`);
  });

  it('that names another public key than that of its seed is refused with both', async () => {
    const publicKey = toHex(keyPair.publicKey);
    await assert.rejects(openKey(parseKeyFile(JSON.stringify({ ...vector, publicKey })), 'correct horse'), {
      name: 'RangeError',
      message: `key file, publicKey: expected that of its key, ${vector.publicKey}, got ${publicKey}`,
    });
  });
});

describe('the text of a key file', () => {
  const file = {
    version: 1,
    publicKey: '0'.repeat(64),
    salt: '1'.repeat(32),
    nonce: '2'.repeat(48),
    box: '3'.repeat(96),
  };

  it('is refused with the field that is wrong, and never shown', () => {
    assert.deepEqual(parseKeyFile(JSON.stringify(file)), file);
    assert.deepEqual(parseKeyFile(`\ufeff${JSON.stringify(file)}`), file, 'an editor put a mark before it');
    for (const [change, message] of [
      [{ version: 2 }, /version 1, got 2/],
      [{ salt: '1' }, /salt: expected 32 hexadecimal/],
      [{ box: `${'3'.repeat(95)}g` }, /box: expected 96 hexadecimal/],
      [{ nonce: undefined }, /nonce/],
      [{ publicKey: 7 }, /publicKey/],
    ] as const) {
      assert.throws(() => parseKeyFile(JSON.stringify({ ...file, ...change })), { name: 'RangeError', message });
    }
    for (const text of ['', 'secret', 'null', '[]', '7']) {
      assert.throws(
        () => parseKeyFile(text),
        (error: Error) => error instanceof RangeError && !error.message.includes('secret'),
        text,
      );
    }
  });
});
