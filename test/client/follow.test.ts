import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { WebSocket } from 'undici';
import { CorrenteClient } from '../../src/client/correnteClient.js';
import { followBlocks, followPeers, followTransactions } from '../../src/client/follow.js';
import type { Block, BlockHeader } from '../../src/consensus/block.js';
import { toHex } from '../../src/crypto/bytes.js';
import { mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { blockInput, eventually, startTestNode, transactionInput, type TestNode } from '../support/node.js';

const network = testNetwork();
const genesis = network.genesis.header;
const RECEIVE = 'mutation ($block: BlockInput!) { receiveBroadcastBlock(block: $block) { __typename } }';
const SEND =
  'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }';
const hashes = (blocks: readonly Block[]) => blocks.map(({ header }) => toHex(header.hash));

async function give(node: TestNode, blocks: readonly Block[]): Promise<void> {
  for (const block of blocks) await node.ask(RECEIVE, { block: blockInput(network, block) });
}

const branch = (count: number, parent: BlockHeader, miner = testAccount(9)) =>
  mineBlocks(count, { network, parent, miner });

for (const [how, webSocket] of [
  ['by polling', undefined],
  ['by subscription', WebSocket],
] as const) {
  /** A node, a client of it, and how its feeds are ended. */
  const start = async (context: TestContext) => {
    const ended = new AbortController();
    context.after(() => ended.abort());
    const node = await startTestNode({ network });
    const client = new CorrenteClient({ url: node.url, webSocket });
    context.after(() => client.close());
    return { node, modules: { node: client }, options: { pollMs: 5, signal: ended.signal } };
  };

  describe(`followBlocks, ${how}`, () => {
    it('gives each block once, in order, and after a reorganization goes on at the fork point', async (context) => {
      const { node, modules, options } = await start(context);
      //  genesis ── 1 ── 2 ── 3 ── 4
      //             └── 2' ── 3' ── 4' ── 5'
      const first = branch(4, genesis);
      const second = branch(4, first[0]!.header, testAccount(8));
      const blocks = followBlocks(modules, options);
      // It does not give the present blocks.
      const upcoming = blocks.next();
      await give(node, first.slice(0, 1));
      const told = [(await upcoming).value!];
      const read = async (count: number) => {
        for (let i = 0; i < count; i++) told.push((await blocks.next()).value!);
      };
      await give(node, first.slice(1));
      await read(3);
      await give(node, second);
      await read(4);
      assert.deepEqual(
        told.map(({ hash }) => hash),
        hashes([...first, ...second]),
      );
      // The fifth undoes the blocks after the first.
      assert.deepEqual(
        told.map(({ height }) => height),
        [1, 2, 3, 4, 2, 3, 4, 5],
      );
    });

    it('ends on request, also while it waits', async (context) => {
      const { node, modules, options } = await start(context);
      const ended = new AbortController();
      const blocks = followBlocks(modules, { ...options, signal: ended.signal });
      const upcoming = blocks.next();
      await give(node, branch(1, genesis));
      assert.equal((await upcoming).value?.height, 1);
      const waiting = blocks.next();
      ended.abort();
      assert.equal((await waiting).done, true);
    });
  });

  describe(`followTransactions, ${how}`, () => {
    it('gives each transaction once, in order', async (context) => {
      const { node, modules, options } = await start(context);
      const sent: string[] = [];
      const send = async () => {
        const payment = { network, from: testAccount(0), to: testAccount(1), amount: 5n, nonce: sent.length };
        const transaction = transfer(payment);
        sent.push(toHex(transaction.id));
        await node.ask(SEND, { transaction: transactionInput(network, transaction) });
      };
      await send();
      const transactions = followTransactions(modules, options);
      const told: string[] = [];
      // The test cannot know when a subscription begins, so it sends something until it has.
      const first = transactions.next().then(({ value }) => told.push(value!.id));
      await eventually(send, () => told.length > 0);
      await first;
      await send();
      while (told.at(-1) !== sent.at(-1)) told.push((await transactions.next()).value!.id);
      assert.notEqual(told[0], sent[0], 'what was there before');
      assert.deepEqual(told, sent.slice(-told.length));
    });
  });

  describe(`followPeers, ${how}`, () => {
    it('gives the present peers, and each that is added or removed', async (context) => {
      const { node, modules, options } = await start(context);
      const other = await startTestNode({ network });
      const change = (mutation: string) => node.admin(`mutation ($url: PeerUrl!) { ${mutation} }`, { url: other.url });
      await change('addPeer(url: $url) { url }');
      const told: string[] = [];
      const read = async () => {
        for await (const { url, status } of followPeers(modules, options)) {
          assert.equal(url, other.url);
          told.push(status);
        }
      };
      const reading = read();
      await eventually(
        async () => {
          await change('removePeer(url: $url)');
          await change('addPeer(url: $url) { url }');
        },
        () => told.includes('REMOVED') && told.lastIndexOf('CONNECTED') > told.indexOf('REMOVED'),
      );
      assert.notEqual(told[0], 'REMOVED');
      assert.ok(
        told.every((status, index) => status !== told[index + 1]),
        `each once: ${told.join(' ')}`,
      );
      context.after(() => reading);
    });
  });
}
