import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ADMIN_TOKEN_FILE, loadAdminToken } from '../../src/http/adminToken.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

describe('loadAdminToken', () => {
  it('threat readable-token: makes 32 random bytes that only the owner can read, once', async () => {
    const folder = temporaryFolder();
    const token = await loadAdminToken(folder);
    assert.match(token, /^[0-9a-f]{64}$/);
    const path = join(folder, ADMIN_TOKEN_FILE);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(readFileSync(path, 'utf8'), `${token}\n`);
    assert.equal(await loadAdminToken(folder), token);
    assert.notEqual(await loadAdminToken(temporaryFolder()), token);
  });

  it('names the fault of a file without a token', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, ADMIN_TOKEN_FILE), 'password\n', { mode: 0o600 });
    await assert.rejects(loadAdminToken(folder), /admin\.token: expected 64 hexadecimal characters/);
  });

  it('fails where the folder is missing', async () => {
    await assert.rejects(loadAdminToken(join(temporaryFolder(), 'missing')), { code: 'ENOENT' });
  });
});
