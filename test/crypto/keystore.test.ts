import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed } from '../../src/crypto/ed25519.js';
import { openKey, parseKeyFile, sealKey } from '../../src/crypto/keystore.js';

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
