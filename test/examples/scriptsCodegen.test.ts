import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { toHex } from '../../src/crypto/bytes.js';
import { transfer } from '../support/blocks.js';
import { addressOf, startTestNode, transactionInput } from '../support/node.js';
import { packageFolder } from '../support/packageFolder.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const root = packageFolder();
const project = join(temporaryFolder(), 'codegen');
cpSync(join(root, 'examples/codegen'), project, { recursive: true });
symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));

/** Runs a program in the project; resolves to its output, rejects with it if it fails. */
async function run(...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, args, { cwd: project, timeout: 60_000 })).stdout;
}
const generate = (schema: string) => run('codegen.js', schema);
const check = () => run('node_modules/typescript/bin/tsc');

describe('a stranger’s project, examples/codegen', () => {
  it('generates a client from schema.graphql that type-checks under strict', async () => {
    await generate(join(root, 'schema.graphql'));
    assert.equal(await check(), '');
  });

  it('runs against a node', async () => {
    const network = developmentNetwork();
    const node = await startTestNode({ network });
    const payment = transfer({ network, from: developmentAccount(0), to: developmentAccount(1), amount: 7n, nonce: 0 });
    await node.ask(
      'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }',
      {
        transaction: transactionInput(network, payment),
      },
    );
    const address = addressOf(network, developmentAccount(0));
    const find = () => run('dist/main.js', node.url, address, toHex(payment.id));
    assert.equal(await find(), `development 0: ${address} can spend 99999999999993\n7: pending\n`);
    await node.admin('mutation { mineBlocks { __typename } }');
    assert.match(await find(), /^development 1: .*\n7: in block 1, 1 confirmations\n$/);
  });

  it('no longer type-checks when the schema has an outcome that it does not handle', async () => {
    const sdl = readFileSync(join(root, 'schema.graphql'), 'utf8');
    const more = sdl.replace(/^union TransactionStatus =.*$/m, '$& | TransactionFrozen');
    assert.notEqual(more, sdl);
    const schema = join(project, 'schema.graphql');
    writeFileSync(schema, `${more}\ntype TransactionFrozen {\n  since: DateTime!\n}\n`);
    await generate(schema);
    await assert.rejects(check(), { stdout: /main\.ts\(\d+,\d+\): error TS2366/ });
  });
});
