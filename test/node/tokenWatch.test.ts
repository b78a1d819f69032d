import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createToken, revokeToken, TOKENS_FOLDER } from '../../src/http/adminToken.js';
import { TokenWatch } from '../../src/node/monitor.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

/** A watch, and what it has logged since it was asked last. */
function watched() {
  const folder = temporaryFolder();
  const lines: LogLine[] = [];
  const watch = new TokenWatch({ folder }, { log: silentLogger(lines) });
  const look = async () => {
    await watch.tick();
    return lines.splice(0).map(({ msg, token, scopes }) => [msg, token, ...((scopes as string[] | undefined) ?? [])]);
  };
  return { folder, lines, watch, look };
}

describe('the audit of admin tokens', () => {
  it('has a line for each that is made and each that is revoked while the node runs, and none without a change', async () => {
    const { folder, look } = watched();
    assert.deepEqual(await look(), []);
    await createToken(folder, 'monitor', ['read-private']);
    assert.deepEqual(await look(), [['admin token made', 'monitor', 'read-private']]);
    assert.deepEqual(await look(), []);
    await createToken(folder, 'shop', ['send', 'peers']);
    await revokeToken(folder, 'monitor');
    assert.deepEqual(await look(), [
      ['admin token made', 'shop', 'send', 'peers'],
      ['admin token revoked', 'monitor'],
    ]);
  });

  it('begins with those that are there at the start', async () => {
    const { folder, look } = watched();
    await createToken(folder, 'monitor', ['read-private']);
    assert.deepEqual(await look(), [['admin token', 'monitor', 'read-private']]);
    assert.deepEqual(await look(), []);
  });

  it('tells one of the same name from the one that was revoked', async () => {
    const { folder, look } = watched();
    await createToken(folder, 'shop', ['send']);
    const file = join(folder, TOKENS_FOLDER, 'shop.json');
    utimesSync(file, 1, 1);
    await look();
    await revokeToken(folder, 'shop');
    await createToken(folder, 'shop', ['all']);
    assert.deepEqual(await look(), [
      ['admin token revoked', 'shop'],
      ['admin token made', 'shop', 'all'],
    ]);
  });

  it('goes on beside a file that is no token', async () => {
    const { folder, look } = watched();
    await createToken(folder, 'shop', ['send']);
    await look();
    writeFileSync(join(folder, TOKENS_FOLDER, 'broken.json'), '{}');
    await revokeToken(folder, 'shop');
    assert.deepEqual(await look(), [
      ['admin token made', 'broken'],
      ['admin token revoked', 'shop'],
    ]);
  });

  it('holds no secret', async () => {
    const { folder, lines, watch } = watched();
    await watch.tick();
    const token = (await createToken(folder, 'shop', ['send']))!;
    await watch.tick();
    assert.equal(lines.length, 1);
    assert.ok(!JSON.stringify(lines).includes(token.split('.')[1]!));
    assert.ok(!('sha256' in lines[0]!));
  });
});
