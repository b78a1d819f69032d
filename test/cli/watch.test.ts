import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { toHex } from '../../src/crypto/bytes.js';
import { mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { blockInput, eventually, startTestNode, transactionInput, type TestNode } from '../support/node.js';
import { assertRefused } from './assertRefused.js';

const network = testNetwork();
const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const SEND =
  'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }';
const RECEIVE = 'mutation ($block: BlockInput!) { receiveBroadcastBlock(block: $block) { __typename } }';
const MEMO = 'thanks \u202e\u001b[2J';

/** `corrente watch`, the lines that it has said so far, and how it ends. */
function watch(context: TestContext, ...args: string[]) {
  const child = spawn(process.execPath, [cli, 'watch', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  context.after(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const stderr = text(child.stderr);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const ended = async () => ({ code: (await exit)[0], stdout: '', stderr: await stderr });
  return { lines, ended, stop: () => child.kill('SIGINT') };
}

/** A peer, transactions and blocks one after another until all of them were seen: nobody says when watching begins. */
async function act(node: TestNode, seen: () => boolean): Promise<void> {
  let parent = network.genesis.header;
  await eventually(async () => {
    const nonce = parent.height;
    const payment = { network, from: testAccount(0), to: testAccount(1), amount: 150_000_000n, nonce, memo: MEMO };
    const transaction = transfer(payment);
    await node.ask(SEND, { transaction: transactionInput(network, transaction) });
    const [block] = mineBlocks(1, { network, parent, transactions: [transaction] });
    await node.ask(RECEIVE, { block: blockInput(network, block!) });
    parent = block!.header;
  }, seen);
}

describe('corrente watch', () => {
  it('tells peers, transactions and blocks for people, and ends with 0 on Ctrl-C', async (context) => {
    const [node, other] = [await startTestNode({ network }), await startTestNode({ network })];
    await node.admin('mutation ($url: PeerUrl!) { addPeer(url: $url) { url } }', { url: other.url });
    const { lines, ended, stop } = watch(context, '--node', node.url);
    const has = (pattern: RegExp) => lines.some((line) => pattern.test(line));
    await act(node, () =>
      [
        new RegExp(`^peer {9}${other.url} {2}CONNECTED {2}height `),
        /^transaction {2}[0-9a-f]{64} {2}1\.5 coins {2}cortest1\w+ → cortest1\w+ {2}"thanks \\u\{202e\}\\u001b\[2J"$/,
        /^block {8}\d+ {2}[0-9a-f]{64} {2}1 transaction {2}2026-/,
      ].every(has),
    );
    stop();
    assert.deepEqual(await ended(), { code: 0, stdout: '', stderr: '' });
  });

  it('tells a reorganization', async (context) => {
    const node = await startTestNode({ network });
    const { lines, ended, stop } = watch(context, '--node', node.url);
    const give = async (count: number, miner: number) => {
      const blocks = mineBlocks(count, { network, parent: network.genesis.header, miner: testAccount(miner) });
      for (const block of blocks) await node.ask(RECEIVE, { block: blockInput(network, block) });
      return blocks.map(({ header }) => toHex(header.hash));
    };
    let miner = 10;
    let length = 1;
    // Branches from genesis, each one block longer, until it watches.
    await eventually(
      () => give(length++, miner++),
      () => lines.length > 0,
    );
    const [first] = await give(++length, miner++);
    await eventually(
      () => Promise.resolve(lines.find((line) => line.includes(first!))),
      (line) => line !== undefined,
    );
    const line = lines.find((said) => said.includes(first!))!;
    assert.match(line, /^block {8}1 .* undoes \d+ before it$/);
    stop();
    assert.equal((await ended()).code, 0);
  });

  it('tells one JSON value a line for programs', async (context) => {
    const node = await startTestNode({ network });
    const { lines, ended, stop } = watch(context, '--node', node.url, '--json');
    const kinds = () => lines.map((line) => Object.keys(JSON.parse(line) as object)[0]);
    await act(node, () => kinds().includes('block') && kinds().includes('transaction'));
    const told = lines.map((line) => JSON.parse(line) as { transaction?: { memo: string } });
    assert.equal(told.find(({ transaction }) => transaction)?.transaction?.memo, MEMO);
    stop();
    assert.equal((await ended()).code, 0);
  });

  it('ends with one line and 1 when the node is gone, and where there is none', async (context) => {
    const node = await startTestNode({ network });
    const { lines, ended } = watch(context, '--node', node.url);
    await act(node, () => lines.length > 0);
    await node.close();
    assertRefused(await ended(), 1, new RegExp(`${node.url}: expected a running node, got: `));
    assertRefused(await watch(context, '--node', node.url).ended(), 1, /expected a running node, got: ECONNREFUSED/);
  });
});
