import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createSecretFile, readSecretFile } from '../../src/wallet/secretFile.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

describe('a secret file', () => {
  it('is made with its text, readable by its owner only, and nothing else is left', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'secret');
    assert.equal(await readSecretFile(path), undefined);
    assert.equal(await createSecretFile(path, 'a secret\n'), true);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(await readSecretFile(path), 'a secret\n');
    assert.deepEqual(readdirSync(folder), ['secret']);
  });

  it('is never replaced, whoever made the one that is there', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'secret');
    writeFileSync(path, 'there before');
    assert.equal(await createSecretFile(path, 'new'), false);
    assert.equal(readFileSync(path, 'utf8'), 'there before');
    assert.deepEqual(readdirSync(folder), ['secret']);
  });

  it('is made by exactly one of many that try at once, whole', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'secret');
    const texts = Array.from({ length: 20 }, (_, index) => `${index} `.repeat(1000));
    const made = await Promise.all(texts.map((text) => createSecretFile(path, text)));
    assert.equal(made.filter(Boolean).length, 1);
    assert.equal(readFileSync(path, 'utf8'), texts[made.indexOf(true)]);
    assert.deepEqual(readdirSync(folder), ['secret']);
  });

  it('that cannot be made or read is a failure, not an absence', async () => {
    const folder = temporaryFolder();
    await assert.rejects(createSecretFile(join(folder, 'missing', 'secret'), 'text'), { code: 'ENOENT' });
    await assert.rejects(readSecretFile(folder), { code: 'EISDIR' });
  });
});
