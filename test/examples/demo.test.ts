import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const demo = fileURLToPath(new URL('../../examples/demo.js', import.meta.url));

it('the demo ends with 0: three nodes agree, a stopped one is reported, and it catches up', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [demo], { timeout: 120_000 });
  for (const line of [
    /^ {2}node 2 ACCEPTED × \d+$/m,
    /^ {2}node 3 ACCEPTED × \d+$/m,
    /all three nodes agree on its hash and on every balance$/m,
    /^ {2}http:\/\/127\.0\.0\.1:\d+\/graphql ACCEPTED$/m,
    /^ {2}http:\/\/127\.0\.0\.1:\d+\/graphql UNREACHABLE$/m,
    /^node 3 is back and caught up to block \d+; all three nodes agree again$/m,
  ]) {
    assert.match(stdout, line);
  }
});
