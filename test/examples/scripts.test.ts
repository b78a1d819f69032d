import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { COIN, developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { toHex } from '../../src/crypto/bytes.js';
import { transfer } from '../support/blocks.js';
import { freePort } from '../support/freePort.js';
import { addressOf, eventually, startTestNode, transactionInput, type TestNode } from '../support/node.js';
import { packageFolder } from '../support/packageFolder.js';

const network = developmentNetwork();
const examples = join(packageFolder(), 'examples');
const address = (index: number) => addressOf(network, developmentAccount(index));
const compiled = (name: string) => fileURLToPath(new URL(`../../examples/${name}.js`, import.meta.url));
const MINE = 'mutation { mineBlocks { __typename } }';
const ADD_PEER = 'mutation ($url: PeerUrl!) { addPeer(url: $url) { status } }';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with `input` on standard input. */
function run(file: string, args: readonly string[], input = '', env = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { timeout: 60_000, env: { PATH: process.env['PATH'], ...env } };
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    // A script that ends early does not read it.
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(input);
  });
}

const script = (name: string, ...args: string[]) => run(process.execPath, [compiled(name), ...args]);
const shell = (name: string, args: readonly string[], input?: string, env?: object) =>
  run('bash', [join(examples, name), ...args], input, env);

/** True, and the test skipped with the reason, where a program that a shell script needs is missing. */
function skipped(context: TestContext): boolean {
  const missing = ['bash', 'curl', 'python3'].filter((name) => spawnSync(name, ['--version']).error);
  if (missing.length > 0) context.skip(`needs ${missing.join(', ')}`);
  return missing.length > 0;
}

/** Mines until the promise is settled. */
async function mining<Value>(node: TestNode, awaited: Promise<Value>): Promise<Value> {
  let settled = false;
  const done = awaited.finally(() => (settled = true));
  await eventually(
    () => node.admin(MINE),
    () => settled,
  );
  return done;
}

async function confirmed(node: TestNode, account: number): Promise<bigint> {
  const answer = await node.ask<{ balance: { confirmed: string } }>(
    'query ($address: Address!) { balance(address: $address) { confirmed } }',
    { address: address(account) },
  );
  return BigInt(answer.balance.confirmed);
}

describe('the scripts in examples/', () => {
  it('have operations that the schema has', () => {
    const schema = buildSchema(readFileSync(join(packageFolder(), 'schema.graphql'), 'utf8'));
    const documents = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.graphql'),
    );
    assert.ok(documents.length >= 3, documents.join());
    for (const name of documents) {
      assert.deepEqual(validate(schema, parse(readFileSync(join(examples, name), 'utf8'))).map(String), [], name);
    }
  });

  it('say in one line that the node is not there', async () => {
    const url = `http://127.0.0.1:${await freePort()}/graphql`;
    for (const name of ['fund', 'payMany']) {
      const { code, stderr } = await script(name, url, address(2));
      assert.equal(code, 1);
      assert.match(stderr, /^error: [^\n]*expected a running node, got ECONNREFUSED\n$/);
    }
  });

  it('fund: gives each account ten coins, in blocks when it ends', async () => {
    const node = await startTestNode({ network });
    const before = [await confirmed(node, 2), await confirmed(node, 3)];
    const { code, stdout, stderr } = await mining(node, script('fund', node.url, address(2), address(3)));
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^10 coins to ${address(2)} in block \\d+\n10 coins to ${address(3)} in block`));
    const after = [await confirmed(node, 2), await confirmed(node, 3)];
    assert.deepEqual(
      after.map((balance, index) => balance - before[index]!),
      [10n * COIN, 10n * COIN],
    );
    assert.match((await script('fund', node.url, 'cordev1nonsense')).stderr, /^error: expected an address[^\n]*\n$/);
  });

  it('payMany: pays all with one request, and names each refused payment with the reason', async () => {
    const node = await startTestNode({ network });
    const paid = await script('payMany', node.url, `${address(2)}=5`, `${address(3)}=7`);
    assert.deepEqual([paid.code, paid.stderr], [0, '']);
    assert.deepEqual(paid.stdout.replace(/[0-9a-f]{64}/g, 'ID').split('\n'), [
      `accepted  ID  5 to ${address(2)}`,
      `accepted  ID  7 to ${address(3)}`,
      '',
    ]);
    const refused = await script('payMany', node.url, `${address(2)}=5`, `${address(3)}=9000000000000000000`);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /^accepted .*\nrejected {2}[0-9a-f]{64} {2}INSUFFICIENT_FUNDS: /);
  });

  it('follow: waits for the block, and proves that the transaction is in it', async () => {
    const node = await startTestNode({ network });
    const payment = transfer({
      network,
      from: developmentAccount(4),
      to: developmentAccount(5),
      amount: 1_234n,
      nonce: 0,
    });
    await node.ask(
      'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }',
      {
        transaction: transactionInput(network, payment),
      },
    );
    const { code, stdout, stderr } = await mining(node, script('follow', node.url, toHex(payment.id)));
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^confirmed {2}block 1, transaction 0\nproved {5}1234 base units, \d+ confirmations, \d+ tries\n$/,
    );
  });

  it('addPeers: adds each, goes on after one that is refused, and needs the token', async (context) => {
    if (skipped(context)) return;
    const [node, ...others] = await Promise.all([0, 1, 2].map(() => startTestNode({ network })));
    const token = readFileSync(join(node!.data, 'admin.token'), 'utf8').trim();
    const [one, two] = others.map(({ url }) => url);
    const peers = `# ours\n${one}\n\n${node!.url}\n${two}\n`;
    const { code, stdout, stderr } = await shell('addPeers.sh', [node!.url], peers, { TOKEN: token });
    assert.equal(code, 1, stderr);
    assert.equal(stdout, `connected  ${one}\nconnected  ${two}\n`);
    assert.match(stderr, new RegExp(`^refused {4}${node!.url} {2}PEER_REFUSED: expected another node`));
    const again = await shell('addPeers.sh', [node!.url], `${one}\n`, { TOKEN: token });
    assert.deepEqual([again.code, again.stdout], [0, `connected  ${one}\n`]);
    // As an editor of Windows leaves it, the last line without an end.
    const foreign = await shell('addPeers.sh', [node!.url], `${one}\r\n\r\n${two}`, { TOKEN: token });
    assert.deepEqual([foreign.code, foreign.stdout], [0, `connected  ${one}\nconnected  ${two}\n`], foreign.stderr);
    const wrong = await shell('addPeers.sh', [node!.url], `${one}\n`, { TOKEN: 'wrong' });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /UNAUTHENTICATED/);
    assert.match((await shell('addPeers.sh', [node!.url])).stderr, /expected the admin token/);
  });

  it('compareNodes: ends with 0 if they agree, also where one is behind, and with 1 if they do not', async (context) => {
    if (skipped(context)) return;
    const [one, two] = [await startTestNode({ network }), await startTestNode({ network })];
    await one.admin(MINE);
    const behind = await shell('compareNodes.sh', [one.url, two.url]);
    assert.equal(behind.code, 0, behind.stderr);
    assert.match(
      behind.stdout,
      new RegExp(
        `^${one.url} {2}height 1 {2}work \\d+ {2}tip [0-9a-f]{16} {2}\\w+\n${two.url} {2}height 0 .*\nagree at height 0\n$`,
      ),
    );
    await two.admin(ADD_PEER, { url: one.url });
    const height = () => two.ask<{ chain: { height: number } }>('{ chain { height } }');
    await eventually(height, ({ chain }) => chain.height === 1);
    const synced = await shell('compareNodes.sh', [one.url, two.url]);
    assert.match(synced.stdout, /agree at height 1\n$/);

    const other = await startTestNode({ network });
    await other.admin('mutation { mineBlocks(count: 2) { __typename } }');
    const differ = await shell('compareNodes.sh', [one.url, two.url, other.url]);
    assert.deepEqual([differ.code, differ.stderr], [1, '']);
    assert.match(differ.stdout, /DIFFER at height 1\n$/);

    const missing = await shell('compareNodes.sh', [one.url, `http://127.0.0.1:${await freePort()}/graphql`]);
    assert.notEqual(missing.code, 0);
    assert.match(missing.stderr, /curl: \(7\)/);
  });
});
