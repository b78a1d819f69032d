import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { ChainStore } from '../../src/chain/chainStore.js';
import type { Block } from '../../src/consensus/block.js';
import { toHex } from '../../src/crypto/bytes.js';
import { MemoryChainStore } from '../support/memoryChainStore.js';
import { mineBlock, mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { commitOf, forgetSideBlock, makeTip, readStore, storeAside } from '../support/storeCommits.js';
import { storeDump } from '../support/storeDump.js';
import { openLmdbStore } from '../support/storeOpen.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const network = testNetwork();
const genesis = network.genesis.header;

it('answers after a reopening as before it', async () => {
  const folder = temporaryFolder();
  const store = await openLmdbStore(network, folder);
  const payment = transfer({ network, from: testAccount(0), to: testAccount(5), amount: 5n, nonce: 0 });
  const a1 = mineBlock({ network, parent: genesis, transactions: [payment] });
  const b1 = mineBlock({ network, parent: genesis, miner: testAccount(6) });
  const a2 = mineBlock({ network, parent: a1.header });
  for (const block of [a1, a2]) await makeTip(store, network, block);
  await storeAside(store, b1);
  const dump = (of: ChainStore) => readStore(of, (reader) => storeDump(reader, network, [a1, a2, b1], 10));
  const before = dump(store);
  await store.close();
  const reopened = await openLmdbStore(network, folder);
  assert.deepEqual(dump(reopened), before);
  await reopened.close();
});

it('refuses a second commit before the first is on disk', async () => {
  const store = await openLmdbStore(network);
  const change = readStore(store, (reader) => commitOf(reader, {}));
  const first = store.commit(change);
  await assert.rejects(store.commit(change), /one commit at a time/);
  await first;
  await store.commit(change);
  await store.close();
});

it('refuses to forget a block of the best chain', async () => {
  const store = await openLmdbStore(network);
  const block = mineBlock({ network, parent: genesis });
  await makeTip(store, network, block);
  await assert.rejects(
    forgetSideBlock(store, block.header.hash),
    /expected a block of a side branch to forget, got \w+ of/,
  );
  await store.close();
});

it('keeps that a block left the best chain when it is found to be invalid', async () => {
  const store = await openLmdbStore(network);
  const a1 = mineBlock({ network, parent: genesis });
  const [b1, b2] = mineBlocks(2, { network, parent: genesis, miner: testAccount(6) });
  await makeTip(store, network, a1);
  await storeAside(store, b1!);
  await makeTip(store, network, b2!);
  await store.commit(readStore(store, (reader) => commitOf(reader, { invalidate: [a1.header.hash] })));
  readStore(store, (reader) => {
    assert.equal(reader.header(a1.header.hash)?.invalid, true);
    assert.equal(reader.wasDisconnected(a1.header.hash), true);
  });
  await store.close();
});

it('ends snapshots that are still out when it is closed', async () => {
  const store = await openLmdbStore(network);
  const snapshot = store.snapshot();
  assert.equal(snapshot.tip().height, 0);
  await store.close();
  assert.throws(() => snapshot.header(genesis.hash), /after its release/);
  snapshot.release();
});

it('pins one snapshot a tip, and frees those of old tips', async () => {
  const store = await openLmdbStore(network);
  assert.equal(store.snapshot(), store.snapshot());
  // More commits than LMDB has places for readers: a snapshot that stayed would use one up.
  for (const block of mineBlocks(1100, { network, parent: genesis })) {
    await makeTip(store, network, block);
    store.snapshot().release();
  }
  assert.equal(
    readStore(store, (reader) => reader.tip().height),
    1100,
  );
  await store.close();
});

it('gives the same answers as the memory store, whatever is committed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const stores = [await openLmdbStore(network), new MemoryChainStore(network)] as const;
      const blocks: Block[] = [];
      for (const [number, { action, choice, payments }] of steps.entries()) {
        const block = nextBlock(stores[1], blocks, action, choice, payments, number);
        if (!block) continue;
        for (const store of stores) {
          if (action === 'forget') await forgetSideBlock(store, block.header.hash);
          else if (action === 'aside') await storeAside(store, block);
          else await makeTip(store, network, block);
        }
        if (action !== 'forget') blocks.push(block);
        const [lmdb, memory] = stores.map((store) =>
          readStore(store, (reader) => storeDump(reader, network, blocks, ACCOUNTS)),
        );
        assert.deepEqual(lmdb, memory);
      }
      await stores[0].close();
    }),
    { numRuns: 25 },
  );
});

const ACCOUNTS = 10;
const step = fc.record({
  action: fc.constantFrom('extend', 'extend', 'aside', 'reorganize', 'forget'),
  choice: fc.nat(7),
  payments: fc.array(fc.record({ from: fc.nat(1), to: fc.nat(ACCOUNTS - 1), amount: fc.bigInt(1n, 9n) }), {
    maxLength: 3,
  }),
});

/** The block of a step; undefined if there is no block to choose. */
function nextBlock(
  store: ChainStore,
  blocks: readonly Block[],
  action: string,
  choice: number,
  payments: readonly { from: number; to: number; amount: bigint }[],
  number: number,
): Block | undefined {
  return readStore(store, (reader) => {
    const tips = reader.sideTips();
    const tip = tips[choice % Math.max(1, tips.length)];
    const sideTip = tip && blocks.find(({ header }) => toHex(header.hash) === toHex(tip));
    if (action === 'forget') return sideTip;
    const miner = testAccount(4 + (number % 6));
    // Off the best chain the blocks are empty: their nonces would depend on the branch.
    if (action === 'aside') {
      const parent = reader.headerAt(choice % (reader.tip().height + 1))!;
      return mineBlock({ network, parent, miner, timestamp: parent.timestamp + 10_000 + number });
    }
    if (action === 'reorganize') return sideTip && mineBlock({ network, parent: sideTip.header, miner });
    const nonces = new Map<number, bigint>();
    const transactions = payments.map(({ from, to, amount }) => {
      const nonce = nonces.get(from) ?? reader.account(testAccount(from).publicKey).nonce;
      nonces.set(from, nonce + 1n);
      return transfer({ network, from: testAccount(from), to: testAccount(to), amount, fee: 1n, nonce });
    });
    return mineBlock({ network, parent: reader.tip(), miner, transactions });
  });
}
