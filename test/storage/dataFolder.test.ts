import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { openDataFolder } from '../../src/storage/dataFolder.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

it('creates the folder for its owner only', () => {
  const path = join(temporaryFolder(), 'deep', 'data');
  const folder = openDataFolder(path);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.equal(folder.path, path);
  folder.close();
});

it('refuses a folder in use, and takes it once it is closed', () => {
  const path = temporaryFolder();
  const first = openDataFolder(path);
  assert.throws(() => openDataFolder(path), { name: 'DataFolderError', message: /expected to be its only user/ });
  first.close();
  const second = openDataFolder(path);
  // Closed twice, the first must not end the lock of the second.
  first.close();
  assert.throws(() => openDataFolder(path), { name: 'DataFolderError' });
  second.close();
});

it('refuses a folder in use by another process, and takes it when that one was killed', async () => {
  const path = temporaryFolder();
  const module = new URL('../../src/storage/dataFolder.js', import.meta.url).href;
  const script = `
    const { openDataFolder } = await import(${JSON.stringify(module)});
    openDataFolder(${JSON.stringify(path)});
    console.log('open');
    setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  assert.throws(() => openDataFolder(path), { name: 'DataFolderError', message: /running in it/ });
  other.kill('SIGKILL');
  await once(other, 'exit');
  openDataFolder(path).close();
});

it('says at once that a folder cannot be made', { skip: process.platform !== 'linux' && 'there is no /proc' }, () => {
  for (const path of ['/proc/missing/data', '/proc/missing']) {
    assert.throws(() => openDataFolder(path), {
      name: 'DataFolderError',
      message: /^data folder \/proc\/missing.*: expected a writable folder, got .*ENOENT/,
    });
  }
});

it('names the fault of a path that cannot be a folder', () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, '');
  assert.throws(() => openDataFolder(path), {
    name: 'DataFolderError',
    message: /expected a writable folder, got a file/,
  });
});
