import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import { loadIdentity } from '../../src/wallet/secretFile.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const newPath = () => join(temporaryFolder(), 'node.key');

describe('the identity of a node', () => {
  it('is made the first time, for its owner only, and the same ever after', async () => {
    const path = newPath();
    const identity = await loadIdentity(path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(readFileSync(path, 'utf8'), `${toHex(identity.seed)}\n`);
    assert.deepEqual(await loadIdentity(path), identity);
    assert.notDeepEqual(await loadIdentity(newPath()), identity);
  });

  it('is one, even when many ask for the first time at once', async () => {
    const path = newPath();
    const identities = await Promise.all(Array.from({ length: 10 }, () => loadIdentity(path)));
    assert.equal(new Set(identities.map(({ publicKey }) => toHex(publicKey))).size, 1);
    assert.equal(readFileSync(path, 'utf8').trim(), toHex(identities[0]!.seed));
  });

  it('is refused from a file that holds something else, which is neither shown nor replaced', async () => {
    const path = newPath();
    await loadIdentity(path);
    const good = readFileSync(path, 'utf8').trim();
    for (const text of ['', good.slice(1), `${good}0`, good.toUpperCase().replace(/^./, 'G'), `${good}\n${good}\n`]) {
      writeFileSync(path, text);
      const message = `${path}: expected 64 hexadecimal characters, got something else`;
      await assert.rejects(loadIdentity(path), { name: 'RangeError', message });
      assert.equal(readFileSync(path, 'utf8'), text);
    }
    writeFileSync(path, good);
    assert.equal(toHex((await loadIdentity(path)).seed), good);
  });
});
