import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateKeyPair, openKeyFile, sealKeyFile, toHex } from '../../src/client/client.js';
import { parseKeyFile } from '../../src/crypto/keystore.js';

describe('a key file in the client', () => {
  it('opens from its text and from its JSON, and the command line reads it', async () => {
    const keyPair = generateKeyPair();
    const text = await sealKeyFile(keyPair, 'correct horse');
    assert.equal(parseKeyFile(text).publicKey, toHex(keyPair.publicKey));
    assert.ok(!text.includes(toHex(keyPair.seed)));
    assert.deepEqual(await openKeyFile(text, 'correct horse'), keyPair);
    assert.deepEqual(await openKeyFile(JSON.parse(text) as object, 'correct horse'), keyPair);
  });

  it('is refused with another passphrase, a short one, or if it is malformed', async () => {
    const keyPair = generateKeyPair();
    const text = await sealKeyFile(keyPair, '12345678');
    const refused = (message: RegExp) => ({ name: 'RangeError', message });
    await assert.rejects(openKeyFile(text, '123456789'), refused(/expected the passphrase of this key file/));
    await assert.rejects(sealKeyFile(keyPair, '1234567'), refused(/at least 8 characters, got 7/));
    await assert.rejects(openKeyFile('{', 'x'), refused(/expected a key file \(JSON\)/));
    await assert.rejects(openKeyFile({ version: 2 }, 'x'), refused(/version 1, got 2/));
  });
});
