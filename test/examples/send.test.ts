import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLocalNode, type LocalNode } from '../../examples/localNode.js';
import { developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { addressOf } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const script = join(packageFolder(), 'examples', 'send.sh');
const address = (index: number) => addressOf(developmentNetwork(), developmentAccount(index));
// Not in the hook, with which it would end.
const data = temporaryFolder();
let node: LocalNode;

/** Runs the script; resolves to its output. */
async function send(...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], NODE: node.url };
  const { stdout } = await promisify(execFile)('bash', [script, ...args], { env, timeout: 30_000 });
  return stdout;
}

async function balance(index: number) {
  const answer = await node.ask<{ balance: { incoming: string; nextNonce: string } }>(
    'query ($address: Address!) { balance(address: $address) { incoming nextNonce } }',
    { address: address(index) },
  );
  return answer.balance;
}

/** True, and the test skipped with the reason, where a program that the script needs is missing. */
function skipped(context: TestContext): boolean {
  const missing = ['bash', 'curl', 'openssl', 'python3'].filter((name) => spawnSync(name, ['--version']).error);
  if (missing.length > 0) context.skip(`needs ${missing.join(', ')}`);
  return missing.length > 0;
}

describe('examples/send.sh', () => {
  before(async () => {
    node = await startLocalNode({ data });
  });
  after(() => node.stop());

  it('builds, signs and sends a transfer that the node accepts under the id that the script computed', async (context) => {
    if (skipped(context)) return;
    const [payer, payee] = [await balance(0), await balance(1)];
    const printed = await send();
    const id = /^id +([0-9a-f]{64})$/m.exec(printed)?.[1];
    assert.match(printed, new RegExp(`^answer .*"TransactionAccepted","alreadyKnown":false,.*"id":"${id}"`, 'm'));
    assert.equal(BigInt((await balance(1)).incoming) - BigInt(payee.incoming), 150_000_000n);
    assert.equal(BigInt((await balance(0)).nextNonce) - BigInt(payer.nextNonce), 1n);
    const { transaction } = await node.ask<{ transaction: { memo: string } | null }>(
      'query ($id: Hash!) { transaction(id: $id) { memo } }',
      { id },
    );
    assert.equal(transaction?.memo, 'from a shell script');
  });

  it('takes a recipient and an amount; ends with 1 and says why on a rejection and a mistyped address', async (context) => {
    if (skipped(context)) return;
    const { incoming } = await balance(2);
    await send(address(2), '123456789');
    assert.equal(BigInt((await balance(2)).incoming) - BigInt(incoming), 123_456_789n);
    await assert.rejects(send(address(2), '9000000000000000000'), { code: 1, stdout: /"INSUFFICIENT_FUNDS"/ });
    const mistyped = address(2).replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'));
    await assert.rejects(send(mistyped, '123456789'), { code: 1, stderr: /checksum/ });
  });
});

/** The folder of package.json: the script is not compiled, so it lies there and not beside this file. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
