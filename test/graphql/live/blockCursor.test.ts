import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChainSnapshot } from '../../../src/chain/chainStore.js';
import type { Block, BlockHeader } from '../../../src/consensus/block.js';
import { equalBytes } from '../../../src/crypto/bytes.js';
import { blockSource, type Resumption } from '../../../src/graphql/live/sources.js';
import { Event } from '../../../src/util/event.js';
import { mineBlocks, testAccount } from '../../support/blocks.js';
import { testChain } from '../../support/chain.js';

function parts() {
  const { network, chain, add } = testChain();
  const addAll = async (...branches: (readonly Block[])[]) => {
    for (const block of branches.flat()) await add(block);
  };
  const branch = (count: number, parent: BlockHeader, miner: number) =>
    mineBlocks(count, { network, parent, miner: testAccount(miner) });
  const cursor = (from: Resumption = {}) => blockSource(from, chain.snapshot(), new Event());
  const heights = (told: BlockCursor) => read(told, chain.snapshot()).map(({ height }) => height);
  const hashes = (told: BlockCursor) => read(told, chain.snapshot()).map(({ hash }) => hash);
  return { genesis: network.genesis.header, chain, addAll, branch, cursor, heights, hashes };
}

/** Everything that the cursor gives now. */
type BlockCursor = ReturnType<typeof blockSource>;

function read(cursor: BlockCursor, snapshot: ChainSnapshot): BlockHeader[] {
  const blocks: BlockHeader[] = [];
  for (let block = cursor.next({ snapshot }); block; block = cursor.next({ snapshot })) blocks.push(block);
  return blocks;
}

const hashesOf = (...branches: (readonly Block[])[]) => branches.flat().map(({ header }) => header.hash);

describe('a follower of blocks', () => {
  it('starts after the tip, after a height, or with genesis', async () => {
    const { genesis, addAll, branch, cursor, heights } = parts();
    await addAll(branch(3, genesis, 1));
    assert.deepEqual(heights(cursor()), []);
    assert.deepEqual(heights(cursor({ afterHeight: 3 })), []);
    assert.deepEqual(heights(cursor({ afterHeight: 1 })), [2, 3]);
    assert.deepEqual(heights(cursor({ afterHeight: 0 })), [1, 2, 3]);
    assert.deepEqual(heights(cursor({ afterHeight: -1 })), [0, 1, 2, 3]);
    assert.throws(() => cursor({ afterHeight: -2 }), /afterHeight: expected -1 or above, got -2/);
  });

  it('reads nothing twice, and later blocks once', async () => {
    const { genesis, addAll, branch, cursor, heights } = parts();
    const blocks = branch(4, genesis, 1);
    await addAll(blocks.slice(0, 2));
    const told = cursor({ afterHeight: 0 });
    assert.deepEqual(heights(told), [1, 2]);
    assert.deepEqual(heights(told), []);
    await addAll(blocks.slice(2));
    assert.deepEqual(heights(told), [3, 4]);
  });

  it('goes on after the fork point, however many reorganizations it slept through', async () => {
    // genesis ─ a1 ─ a2
    //             ├─ b2 ─ b3
    //             └─ c2 ─ c3 ─ c4
    const { genesis, addAll, branch, cursor, hashes } = parts();
    const a = branch(2, genesis, 1);
    const b = branch(2, a[0]!.header, 2);
    const c = branch(3, a[0]!.header, 3);
    await addAll(a);
    const [asleep, awake] = [cursor({ afterHeight: 0 }), cursor({ afterHeight: 0 })];
    for (const told of [asleep, awake]) assert.deepEqual(hashes(told), hashesOf(a));
    await addAll(b);
    assert.deepEqual(hashes(awake), hashesOf(b));
    await addAll(c);
    assert.deepEqual(hashes(awake), hashesOf(c));
    assert.deepEqual(hashes(asleep), hashesOf(c));
  });

  it('that slept while the chain went to another branch and came back misses and repeats nothing', async () => {
    // genesis ─ a1 ─ a2 ─ a3 ─ a4
    //        └─ b1 ─ b2 ─ b3
    const { genesis, addAll, branch, cursor, hashes } = parts();
    const a = branch(4, genesis, 1);
    await addAll(a.slice(0, 2));
    const told = cursor({ afterHeight: 0 });
    assert.deepEqual(hashes(told), hashesOf(a.slice(0, 2)));
    await addAll(branch(3, genesis, 2), a.slice(2));
    assert.deepEqual(hashes(told), hashesOf(a.slice(2)));
  });

  it('resumes after a block that left the best chain at the fork point', async () => {
    // genesis ─ a1 ─ a2 ─ a3
    //             └─ b2 ─ b3 ─ b4
    const { genesis, addAll, branch, cursor, hashes } = parts();
    const a = branch(3, genesis, 1);
    const b = branch(3, a[0]!.header, 2);
    await addAll(a, b);
    assert.deepEqual(hashes(cursor({ afterHash: a[2]!.header.hash })), hashesOf(b));
    assert.deepEqual(hashes(cursor({ afterHash: a[0]!.header.hash })), hashesOf(b));
    assert.deepEqual(hashes(cursor({ afterHash: b[2]!.header.hash })), []);
  });

  it('names a block that the node knows, and no height as well', async () => {
    const { genesis, branch, cursor } = parts();
    const [unknown] = branch(1, genesis, 1);
    assert.ok(cursor({ afterHash: genesis.hash }));
    assert.throws(() => cursor({ afterHash: unknown!.header.hash }), {
      message: 'afterHash: this node does not know the block: name an earlier one',
      extensions: { code: 'UNKNOWN_BLOCK' },
    });
    assert.throws(() => cursor({ afterHash: genesis.hash, afterHeight: 0 }), /expected at most one of .* got both/);
  });

  it('gets the tip of a chain that is shorter than the one it saw', async () => {
    const { genesis, addAll, branch, cursor, heights } = parts();
    assert.deepEqual(heights(cursor({ afterHeight: 5 })), [0]);
    await addAll(branch(2, genesis, 1));
    assert.deepEqual(heights(cursor({ afterHeight: 5 })), [2]);
  });

  it('so slow that the branch it stands on is forgotten is dropped with SLOW_CONSUMER', async () => {
    // genesis ─ a1 ─ a2
    //        └─ b1 ─ b2 ─ b3
    const { genesis, addAll, branch, cursor, hashes, chain } = parts();
    const a = branch(2, genesis, 1);
    await addAll(a);
    const [intime, late] = [cursor(), cursor()];
    await addAll(branch(3, genesis, 2));
    assert.equal(hashes(intime).length, 3);
    const snapshot = without(chain.snapshot(), a[0]!.header);
    assert.throws(() => late.next({ snapshot }), { extensions: { code: 'SLOW_CONSUMER' } });
  });
});

/** The snapshot as if a block had been deleted from its side branch. */
function without(snapshot: ChainSnapshot, { hash }: BlockHeader): ChainSnapshot {
  return new Proxy(snapshot, {
    get(target, name) {
      if (name === 'header') return (asked: Uint8Array) => (equalBytes(asked, hash) ? undefined : target.header(asked));
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
