import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sideBranch } from '../../src/chain/branches.js';
import type { ChainReader } from '../../src/chain/chainStore.js';
import {
  forkHeight,
  MAX_SIDE_CHILDREN,
  MAX_SIDE_DEPTH,
  SideBranches,
  sideBranchesOf,
} from '../../src/chain/sideBranches.js';
import type { AddBlockOutcome } from '../../src/chain/outcome.js';
import { toHex } from '../../src/crypto/bytes.js';
import { mineBlock, mineBlocks, testAccount } from '../support/blocks.js';
import { testChain } from '../support/chain.js';

const NOW = Date.UTC(2100, 0, 1);
const codeOf = (outcome: AddBlockOutcome) => (outcome.status === 'rejected' ? outcome.rejection.code : outcome.status);

describe('a side block that nobody asked for', () => {
  it('threat junk-side-blocks: is not kept where its branch could not win within 100 blocks', async () => {
    // genesis ── a1 ── … ── a100 ── a101
    //        ├── kept (100 deep)
    //        └── other (101 deep)
    const { network, chain, add } = testChain();
    const main = mineBlocks(MAX_SIDE_DEPTH + 1, { network, parent: network.genesis.header });
    for (const block of main.slice(0, -1)) await add(block);
    const [kept, other] = [30, 31].map((miner) =>
      mineBlock({ network, parent: network.genesis.header, miner: testAccount(miner) }),
    );
    assert.equal(codeOf(await chain.offerBlock(kept!, NOW)), 'sideBranch');
    await add(main.at(-1)!);
    const refused = await chain.offerBlock(other!, NOW);
    assert.equal(codeOf(refused), 'LOW_WORK');
    assert.ok(refused.status === 'rejected' && !refused.invalid, 'no misdeed');
    assert.equal(codeOf(await add(other!)), 'sideBranch', 'once it is asked for');
  });

  it('is not kept beside four side blocks of its parent, unless it wins', async () => {
    const { network, chain, add } = testChain();
    const main = mineBlocks(2, { network, parent: network.genesis.header });
    for (const block of main) await add(block);
    const siblings = Array.from({ length: MAX_SIDE_CHILDREN + 1 }, (_, index) =>
      mineBlock({ network, parent: main[0]!.header, miner: testAccount(30 + index) }),
    );
    const codes: string[] = [];
    // At once: none of them sees the others stored before its signatures are verified.
    for (const outcome of await Promise.all(siblings.map((block) => chain.offerBlock(block, NOW))))
      codes.push(codeOf(outcome));
    assert.deepEqual(codes, [...Array<string>(MAX_SIDE_CHILDREN).fill('sideBranch'), 'TOO_MANY_SIBLINGS']);
    const winner = mineBlock({ network, parent: siblings[0]!.header });
    assert.equal(codeOf(await chain.offerBlock(winner, NOW)), 'reorganized');
  });
});

describe('what a sync fetches', () => {
  it('threat evicted-sync: is not evicted by side blocks that others push', async () => {
    // genesis ── a1 ── … ── a20 with many side blocks
    //        └── b1 ── b2 (fetched)
    const { network, chain, add } = testChain();
    const main = mineBlocks(20, { network, parent: network.genesis.header });
    for (const block of main) await add(block);
    const fetched = mineBlocks(2, { network, parent: network.genesis.header, miner: testAccount(30) });
    for (const block of fetched) await add(block);
    for (const parent of main.slice(1, 19)) {
      for (let index = 0; index < MAX_SIDE_CHILDREN; index++)
        await chain.offerBlock(mineBlock({ network, parent: parent.header, miner: testAccount(40 + index) }), NOW);
    }
    chain.read((reader) => {
      assert.equal(reader.sideTips().length, 64);
      for (const { header } of fetched) assert.ok(reader.header(header.hash), `block ${header.height}`);
    });
  });
});

describe('the side branches in memory', () => {
  it('are those of the store after every change, and know fork points as a walk finds them', async () => {
    const { network, chain, add } = testChain();
    const blocks = [network.genesis];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let index = 0; index < 150; index++) {
      const parent = blocks[Math.max(0, blocks.length - 1 - random(12))]!;
      const block = mineBlock({ network, parent: parent.header, miner: testAccount(30 + random(60)) });
      // Its parent may be evicted by now.
      if ((await add(block)).status !== 'orphan') blocks.push(block);
      chain.read((reader) => {
        assert.deepEqual(contents(reader, sideBranchesOf(reader)), contents(reader, new SideBranches(reader)));
        for (const hash of reader.sideTips()) {
          const tip = reader.header(hash)!;
          assert.equal(forkHeight(reader, tip), sideBranch(reader, tip).forkPoint.height);
        }
      });
    }
    assert.ok(chain.read((reader) => sideBranchesOf(reader).count) > 50);
  });
});

function contents(reader: ChainReader, branches: SideBranches): unknown {
  const tips = reader
    .sideTips()
    .map((hash) => [
      toHex(hash),
      branches.block(hash)?.forkHeight,
      branches.childCount(branches.block(hash)!.header.previousHash),
      branches.exclusiveTo(hash, new Set(), '').map((header) => toHex(header.hash)),
    ]);
  return { tips, bytes: branches.bytes, count: branches.count };
}
