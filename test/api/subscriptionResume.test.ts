import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { equalBytes, toHex } from '../../src/crypto/bytes.js';
import type { Block, BlockHeader } from '../../src/consensus/block.js';
import { mineBlocks, testAccount } from '../support/blocks.js';
import { blockInput, startTestNode } from '../support/node.js';
import { eventClient, follow, socketClient } from './streamClients.js';

interface Told {
  readonly hash: string;
  readonly height: number;
  readonly previousHash: string;
}

const QUERY = 'subscription ($afterHash: Hash) { blockAdded(afterHash: $afterHash) { hash height previousHash } }';
const ADD = 'mutation ($block: BlockInput!) { receiveBroadcastBlock(block: $block) { __typename } }';

describe('a subscriber that is cut off and comes back', () => {
  for (const [transport, connect] of [
    ['a WebSocket', socketClient],
    ['an event stream', eventClient],
  ] as const) {
    it(`50 blocks and one reorganization later has seen every block once, in order, over ${transport}`, async () => {
      // genesis ─ c1 … c5 ─ a6 … a10
      //                  └─ b6 … b40 ─ b41 … b55 ─ b56 … b60
      const node = await startTestNode();
      const { network } = node;
      const branch = (count: number, parent: BlockHeader, miner: number) =>
        mineBlocks(count, { network, parent, miner: testAccount(miner) });
      const common = branch(5, network.genesis.header, 1);
      const a = branch(5, common[4]!.header, 1);
      const b = branch(55, common[4]!.header, 2);
      const add = async (blocks: readonly Block[]) => {
        for (const block of blocks) await node.ask(ADD, { block: blockInput(network, block) });
      };
      const read = async (follower: ReturnType<typeof follow>, count: number) => {
        const told: Told[] = [];
        while (told.length < count) told.push((await follower.next('blockAdded')) as Told);
        return told;
      };

      await add([...common, ...a]);
      const first = follow(connect(node.url), QUERY, { afterHash: toHex(network.genesis.header.hash) });
      const seen = await read(first, 10);
      await first.stop();

      await add(b.slice(0, 50));
      const second = follow(connect(node.url), QUERY, { afterHash: seen.at(-1)!.hash });
      seen.push(...(await read(second, 50)));
      await add(b.slice(50));
      seen.push(...(await read(second, 5)));
      await second.stop();

      const expected = [...common, ...a, ...b].map(({ header }) => toHex(header.hash));
      assert.deepEqual(
        seen.map(({ hash }) => hash),
        expected,
      );
      // As a client uses them: a block that is not above the last one replaces the blocks from its height on, and always fits.
      const chain: Told[] = [{ hash: toHex(network.genesis.header.hash), height: 0, previousHash: '' }];
      for (const block of seen) {
        chain.length = block.height;
        assert.equal(chain.at(-1)!.hash, block.previousHash);
        chain.push(block);
      }
      const { chain: answer } = await node.ask<{ chain: { tip: { hash: string } } }>('{ chain { tip { hash } } }');
      assert.equal(chain.at(-1)!.hash, answer.tip.hash);
      assert.ok(equalBytes(b.at(-1)!.header.hash, Buffer.from(answer.tip.hash, 'hex')));
    });
  }

  it('of whom a reorganization took the block finds that out by afterHeight too', async () => {
    // genesis ─ a1 ─ a2
    //        └─ b1 ─ b2 ─ b3
    const node = await startTestNode();
    const { network } = node;
    const parent = network.genesis.header;
    const a = mineBlocks(2, { network, parent, miner: testAccount(1) });
    const b = mineBlocks(3, { network, parent, miner: testAccount(2) });
    for (const block of [...a, ...b]) await node.ask(ADD, { block: blockInput(network, block) });
    const query = 'subscription { blockAdded(afterHeight: 2) { hash height previousHash } }';
    const told = (await follow(socketClient(node.url), query).next('blockAdded')) as Told;
    assert.equal(told.height, 3);
    assert.notEqual(told.previousHash, toHex(a[1]!.header.hash));
  });
});
