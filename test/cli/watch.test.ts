import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BlockHeader } from '../../src/consensus/block.js';
import { toHex } from '../../src/crypto/bytes.js';
import { mineBlock, mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { blockInput, eventually, startTestNode, transactionInput, type TestNode } from '../support/node.js';
import { assertRefused } from './assertRefused.js';

const network = testNetwork();
const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const SEND =
  'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }';
const RECEIVE = 'mutation ($block: BlockInput!) { receiveBroadcastBlock(block: $block) { __typename } }';
const MEMO = 'thanks \u202e\u001b[2J';

/** `corrente watch`, the lines on standard output and standard error so far, and how it ends. */
function watch(context: TestContext, ...args: string[]) {
  const child = spawn(process.execPath, [cli, 'watch', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  context.after(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const ended = async () => ({ code: (await closed)[0], stdout: '', stderr: said.join('\n') });
  return { lines, said, ended, stop: () => child.kill('SIGINT') };
}

/** A peer, transactions and blocks one after another until all of them were seen: the test cannot know when watching begins. */
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

/** A block that two branches leave: one of a block with a payment, then a heavier one of two blocks without. */
interface Fork {
  readonly from: BlockHeader;
  readonly before: BlockHeader;
  readonly after: readonly BlockHeader[];
}

interface ReorganizationView {
  readonly commonAncestor: object;
  readonly oldTip: { readonly height: number; readonly hash: string };
  readonly newTip: { readonly height: number; readonly hash: string };
  readonly returned: number;
}

/** Forks, one on the other, until enough was seen. */
async function reorganize(node: TestNode, seen: () => boolean): Promise<Fork[]> {
  const forks: Fork[] = [];
  const payment = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 });
  let from = network.genesis.header;
  await eventually(async () => {
    const before = mineBlock({ network, parent: from, transactions: [payment] });
    const after = mineBlocks(2, { network, parent: from, miner: testAccount(10) });
    for (const block of [before, ...after]) await node.ask(RECEIVE, { block: blockInput(network, block) });
    forks.push({ from, before: before.header, after: after.map(({ header }) => header) });
    from = after[1]!.header;
  }, seen);
  return forks;
}

const shown = ({ height, hash }: BlockHeader) => `${height} ${toHex(hash)}`;

describe('corrente watch', () => {
  it('prints peers, transactions and blocks for people, and ends with 0 on Ctrl-C', async (context) => {
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

  it('prints a reorganization: the undone blocks, the new ones, and how many payments came back', async (context) => {
    const node = await startTestNode({ network });
    const { lines, ended, stop } = watch(context, '--node', node.url);
    // Blocks come by another subscription, which has begun when the first one comes.
    const told = () =>
      lines
        .slice(lines.findIndex((line) => line.startsWith('block ')))
        .find((line, index) => index > 0 && line.endsWith('1 payment came back'));
    const forks = await reorganize(node, () => told() !== undefined);
    const line = told()!;
    const { from, before, after } = forks.find((fork) => line.includes(`→ ${shown(fork.after[1]!)}`))!;
    const places = `1 undone, 2 in their place after ${shown(from)}`;
    assert.equal(line, `reorganized  ${places}  tip ${shown(before)} → ${shown(after[1]!)}  1 payment came back`);
    const [{ height, hash }] = after as [BlockHeader];
    const undoes = new RegExp(`^block +${height} +${toHex(hash)} .* undoes 1 before it$`);
    await eventually(
      () => Promise.resolve(lines),
      () => lines.some((said) => undoes.test(said)),
    );
    stop();
    assert.equal((await ended()).code, 0);
  });

  it('prints a reorganization for programs', async (context) => {
    const node = await startTestNode({ network });
    const { lines, ended, stop } = watch(context, '--node', node.url, '--json');
    const told = () =>
      lines.flatMap((line) => {
        const { reorganization } = JSON.parse(line) as { reorganization?: ReorganizationView };
        return reorganization ?? [];
      });
    const forks = await reorganize(node, () => told().some(({ returned }) => returned === 1));
    const { commonAncestor, oldTip, newTip, ...counts } = told().find(({ returned }) => returned === 1)!;
    const { from, before, after } = forks.find((fork) => toHex(fork.before.hash) === oldTip.hash)!;
    const view = ({ height, hash }: BlockHeader) => ({ height, hash: toHex(hash) });
    assert.deepEqual([commonAncestor, oldTip, newTip], [from, before, after[1]!].map(view));
    assert.deepEqual(counts, { disconnected: 1, connected: 2, returned: 1 });
    stop();
    assert.equal((await ended()).code, 0);
  });

  it('prints one JSON value a line for programs', async (context) => {
    const node = await startTestNode({ network });
    const { lines, ended, stop } = watch(context, '--node', node.url, '--json');
    const kinds = () => lines.map((line) => Object.keys(JSON.parse(line) as object)[0]);
    await act(node, () => kinds().includes('block') && kinds().includes('transaction'));
    const told = lines.map((line) => JSON.parse(line) as { transaction?: { memo: string } });
    assert.equal(told.find(({ transaction }) => transaction)?.transaction?.memo, MEMO);
    stop();
    assert.equal((await ended()).code, 0);
  });

  it('waits for a node that is not there yet or goes away, and goes on after the last block that it printed', async (context) => {
    const before = await startTestNode({ network });
    const { data, url } = before;
    const port = Number(new URL(url).port);
    await before.close();
    const { lines, said, ended, stop } = watch(context, '--node', url);
    const until = (done: () => boolean) => eventually(() => Promise.resolve([...lines, ...said]), done);
    await until(() => said.length === 1);
    assert.equal(said[0], `waits for ${url}: expected a running node, got ECONNREFUSED`);
    const node = await startTestNode({ network, data, port });
    await until(() => said.length === 2);
    const [first, ...others] = mineBlocks(3, { network, parent: network.genesis.header });
    await node.ask(RECEIVE, { block: blockInput(network, first!) });
    await until(() => lines.length === 1);
    await node.close();
    await until(() => said.length === 3);
    const elsewhere = await startTestNode({ network, data });
    for (const block of others) await elsewhere.ask(RECEIVE, { block: blockInput(network, block) });
    await elsewhere.close();
    await startTestNode({ network, data, port });
    await until(() => lines.length === 3);
    await until(() => said.length === 4);
    stop();
    assert.equal((await ended()).code, 0);
    const blocks = [first!, ...others].map(({ header }) => `block        ${header.height}  ${toHex(header.hash)}`);
    assert.deepEqual(
      lines.map((line) => line.split('  0 transactions')[0]),
      blocks,
    );
    assert.deepEqual([said[1], said[2]!.split(url)[0], said[3]], ['connected again', 'waits for ', 'connected again']);
    assert.equal(said.length, 4);
  });

  it('ends with one line and 1 where something else than a node answers', async (context) => {
    const server = createServer((_, response) => response.writeHead(404).end('not here')).listen(0, '127.0.0.1');
    context.after(() => server.close());
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    assertRefused(await watch(context, '--node', url).ended(), 1, /expected a GraphQL answer, got HTTP 404/);
  });
});
