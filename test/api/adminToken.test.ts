import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  ADMIN_TOKEN_FILE,
  authorizer,
  createToken,
  listTokens,
  loadAdminToken,
  revokeToken,
} from '../../src/http/adminToken.js';
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

describe('a token with a name', () => {
  const adminToken = 'ab'.repeat(32);
  const authorizerOf = (dataFolder: string) => {
    const warnings: string[] = [];
    const authorize = authorizer(
      { adminToken, dataFolder },
      { log: { warn: (details) => warnings.push((details as { reason: string }).reason) } },
    );
    return { authorize: (token: string) => authorize(`Bearer ${token}`), warnings };
  };

  it('permits its scopes from the moment when it is made until it is revoked', async () => {
    const folder = temporaryFolder();
    const { authorize } = authorizerOf(folder);
    assert.deepEqual(authorize(adminToken), { token: 'admin', scopes: ['all'] });
    const token = await createToken(folder, 'monitor', ['read-private', 'peers']);
    assert.deepEqual(authorize(token!), { token: 'monitor', scopes: ['read-private', 'peers'] });
    assert.equal(await createToken(folder, 'monitor', ['all']), undefined);
    assert.deepEqual(
      (await listTokens(folder)).map(({ name, scopes }) => [name, scopes]),
      [['monitor', ['read-private', 'peers']]],
    );
    assert.equal(await revokeToken(folder, 'monitor'), true);
    assert.equal(authorize(token!), undefined);
    assert.equal(await revokeToken(folder, 'monitor'), false);
    assert.deepEqual(await listTokens(folder), []);
  });

  it('threat stolen-token-file: the data folder keeps no text of a token, and its digest for its owner only', async () => {
    const folder = temporaryFolder();
    const token = (await createToken(folder, 'cashier', ['send']))!;
    const path = join(folder, 'tokens', 'cashier.json');
    const text = readFileSync(path, 'utf8');
    assert.match(token, /^cashier\.[0-9a-f]{64}$/);
    assert.ok(!text.includes(token.slice('cashier.'.length)));
    assert.deepEqual([statSync(path).mode & 0o777, statSync(join(folder, 'tokens')).mode & 0o777], [0o600, 0o700]);
    const { sha256 } = JSON.parse(text) as { sha256: string };
    assert.equal(authorizerOf(folder).authorize(`cashier.${sha256}`), undefined);
  });

  it('is no other text, and no path', async () => {
    const folder = temporaryFolder();
    const token = (await createToken(folder, 'a', ['all']))!;
    writeFileSync(join(folder, 'outside.json'), readFileSync(join(folder, 'tokens', 'a.json')), { mode: 0o600 });
    const { authorize, warnings } = authorizerOf(folder);
    assert.ok(authorize(token));
    const [, secret] = token.split('.');
    for (const text of [
      `../outside.${secret}`,
      `b.${secret}`,
      `A.${secret}`,
      `.${secret}`,
      secret!,
      'a.',
      `${token}0`,
      '',
    ]) {
      assert.equal(authorize(text), undefined, text);
    }
    for (const name of ['', '../x', 'a/b', 'A', 'a'.repeat(33), 'ä', 'a.b'])
      await assert.rejects(createToken(folder, name, ['all']), /expected a name of 1 to 32 of a-z, 0-9 and -/);
    assert.deepEqual(warnings, []);
  });

  it('whose file others can read or change, or that is none, permits nothing, which is said once', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'tokens', 'a.json');
    const token = (await createToken(folder, 'a', ['all']))!;
    const whole = readFileSync(path, 'utf8');
    for (const [text, mode, expected] of [
      [whole, 0o640, /a\.json: expected a file that only its owner can read, got mode 0640/],
      [whole, 0o602, /got mode 0602/],
      ['{}', 0o600, /expected the file of a token, got something else; npx corrente token revoke a/],
      [whole.replace('"all"', '"everything"'), 0o600, /expected the file of a token/],
      [whole.padEnd(5_000), 0o600, /expected at most 4096 bytes, got 5000/],
    ] as const) {
      writeFileSync(path, text);
      chmodSync(path, mode);
      const { authorize, warnings } = authorizerOf(folder);
      assert.deepEqual([authorize(token), authorize(token)], [undefined, undefined]);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, expected);
      await assert.rejects(listTokens(folder), expected);
    }
  });
});
