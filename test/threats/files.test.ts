import assert from 'node:assert/strict';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startTestNode } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

describe('the data folder of a node', () => {
  it('threat readable-data: holds no file that another account can read or write, also in a folder that existed before', async () => {
    const data = temporaryFolder();
    chmodSync(data, 0o755);
    const before = process.umask(0o022);
    try {
      const node = await startTestNode({ data });
      await node.admin('mutation { createWallet(passphrase: "correct horse") { __typename } }');
      await node.admin('mutation { mineBlocks { __typename } }');
      const open = readdirSync(data, { recursive: true, encoding: 'utf8' })
        .map((name) => ({ name, mode: statSync(join(data, name)).mode & 0o777 }))
        .filter(({ mode }) => (mode & 0o077) !== 0)
        .map(({ name, mode }) => `${name} ${mode.toString(8)}`);
      assert.deepEqual(open, []);
      await node.close();
    } finally {
      process.umask(before);
    }
  });
});
