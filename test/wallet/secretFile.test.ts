import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  type PathLike,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ADMIN_TOKEN_FILE, loadAdminToken } from '../../src/http/adminToken.js';
import {
  createSecretFile,
  loadIdentity,
  quoted,
  readSecretFile,
  replaceSecretFile,
} from '../../src/wallet/secretFile.js';
import { Wallet } from '../../src/wallet/wallet.js';
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

  it('is never replaced, whoever made the existing one', async () => {
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

describe('a secret that others can read', () => {
  it('is refused with its mode and the command that mends it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, "Bob's secret");
    await createSecretFile(path, 'a secret\n');
    for (const [mode, shown] of [
      [0o644, '0644'],
      [0o640, '0640'],
      [0o602, '0602'],
    ] as const) {
      chmodSync(path, mode);
      await assert.rejects(readSecretFile(path), (error: Error) => {
        assert.ok(error instanceof RangeError);
        const [, command] = error.message.split(`got mode ${shown}; run: `);
        execFileSync('sh', ['-c', command!]);
        return true;
      });
      assert.equal(await readSecretFile(path), 'a secret\n', 'the command mended it');
    }
    chmodSync(path, 0o400);
    assert.equal(await readSecretFile(path), 'a secret\n');
  });
});

it('a path in a command is one word, quoted where the shell would expand it', () => {
  for (const path of ['a/b.json', '~/key', '~', '-k', "Bob's key", '$HOME', 'a~b', 'é', '']) {
    assert.equal(execFileSync('sh', ['-c', `printf %s ${quoted(path)}`], { encoding: 'utf8' }), path);
  }
});

describe('a link to nothing in the place of a secret', () => {
  it('is one clear failure for a reader and a maker of the secret, and no loop', { timeout: 10_000 }, async () => {
    const folder = temporaryFolder();
    for (const [name, load] of [
      [ADMIN_TOKEN_FILE, () => loadAdminToken(folder)],
      ['node.key', () => loadIdentity(join(folder, 'node.key'))],
      ['wallet.json', () => Wallet.open(join(folder, 'wallet.json'))],
    ] as const) {
      symlinkSync('nowhere', join(folder, name));
      const message = /: expected a file or nothing, got a link to a file that is not there; remove the link$/;
      await assert.rejects(load(), { name: 'RangeError', message });
      assert.ok(lstatSync(join(folder, name)).isSymbolicLink());
    }
  });
});

describe('a file system without hard links', () => {
  const noLinks = () => Promise.reject(Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' }));

  it('holds secrets all the same: made once, whole, for the owner only', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'secret');
    const made = await Promise.all(['a', 'b', 'c'].map((text) => createSecretFile(path, text, noLinks)));
    assert.equal(made.filter(Boolean).length, 1);
    assert.equal(await readSecretFile(path), ['a', 'b', 'c'][made.indexOf(true)]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ['secret']);
  });

  it('and without permissions is refused before anything is kept on it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'secret');
    // As FAT and exFAT show every file.
    const fixedModes = (temporary: PathLike) => {
      chmodSync(temporary, 0o755);
      return noLinks();
    };
    await assert.rejects(createSecretFile(path, 'a secret\n', fixedModes), {
      name: 'RangeError',
      message: `${path}: expected a file that only its owner can read, got mode 0755; a file system without permissions cannot keep it`,
    });
    assert.deepEqual(readdirSync(folder), []);
  });
});

describe('a secret that is replaced', () => {
  it('is the new one whole, for the owner only, also through a link', async () => {
    const folder = temporaryFolder();
    await createSecretFile(join(folder, 'secret'), 'old');
    symlinkSync('secret', join(folder, 'link'));
    await replaceSecretFile(join(folder, 'link'), 'new');
    assert.equal(await readSecretFile(join(folder, 'secret')), 'new');
    assert.equal(statSync(join(folder, 'secret')).mode & 0o777, 0o600);
    assert.ok(lstatSync(join(folder, 'link')).isSymbolicLink());
    assert.deepEqual(readdirSync(folder).sort(), ['link', 'secret']);
  });

  it('that cannot be written leaves the old one', async () => {
    const folder = temporaryFolder();
    await assert.rejects(replaceSecretFile(join(folder, 'missing'), 'new'), { code: 'ENOENT' });
    assert.deepEqual(readdirSync(folder), []);
  });
});
