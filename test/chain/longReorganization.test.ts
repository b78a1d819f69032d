import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Chain } from '../../src/chain/chain.js';
import { type ChainStore, StorageFullError } from '../../src/chain/chainStore.js';
import type { TipChange } from '../../src/chain/outcome.js';
import type { Block } from '../../src/consensus/block.js';
import { equalBytes, toHex } from '../../src/crypto/bytes.js';
import { mineBlock, mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { MemoryChainStore } from '../support/memoryChainStore.js';
import { storeDump } from '../support/storeDump.js';
import { openLmdbStore } from '../support/storeOpen.js';

const network = testNetwork();
const NOW = Date.UTC(2100, 0, 1);
const [alice, bob, carol] = [testAccount(0), testAccount(1), testAccount(2)];

// genesis ── a1 ── … ── a9        payments of alice to bob, and a5 of bob to alice
//        └── b1 ── … ── b10       a1's payment, others of alice to carol
const ours = branch(9, alice, (height) =>
  height === 5 ? transfer({ network, from: bob, to: alice, amount: 5n, nonce: 0 }) : payment(height, bob),
);
const theirs = branch(10, carol, (height) => (height === 1 ? payment(1, bob) : payment(height, carol)));

/** A branch on genesis with one payment a block. */
function branch(length: number, miner: typeof alice, paymentOf: (height: number) => ReturnType<typeof transfer>) {
  const blocks: Block[] = [];
  for (let height = 1; height <= length; height++) {
    const parent = blocks.at(-1)?.header ?? network.genesis.header;
    blocks.push(mineBlock({ network, parent, miner, transactions: [paymentOf(height)] }));
  }
  return blocks;
}

function payment(height: number, to: typeof alice) {
  return transfer({
    network,
    from: alice,
    to,
    amount: BigInt(height),
    nonce: height < 6 || to !== bob ? height - 1 : height - 2,
  });
}

/** A chain on this store that goes over in commits of one or two blocks; `before` each commit that call is made. */
function chainOn(store: ChainStore, before: () => void = () => undefined) {
  const changes: TipChange[] = [];
  const watched: ChainStore = {
    snapshot: () => store.snapshot(),
    commit: (change) => {
      before();
      return store.commit(change);
    },
    close: () => store.close(),
  };
  const chain = new Chain(
    { network, maxCommitTransactions: 10 },
    {
      store: watched,
      verifier: { verify: (transactions) => Promise.resolve(transactions.map(() => true)) },
      pending: { reconcile: () => 0 },
    },
  );
  chain.tipChanged.on((change) => changes.push(change));
  const addAll = async (blocks: readonly Block[]) => {
    const outcomes = [];
    for (const block of blocks) outcomes.push(await chain.addBlock(block, NOW));
    return outcomes;
  };
  return { chain, changes, addAll };
}

const memory = () => new MemoryChainStore(network);
const tipOf = (chain: Chain) => toHex(chain.tip().hash);
const last = (blocks: readonly Block[]) => toHex(blocks.at(-1)!.header.hash);

describe('a change of branch that is longer than one commit', () => {
  it('threat deep-reorganization: is written in several, and readers stay at the old tip until the last', async () => {
    let commits = 0;
    let seen: string[] = [];
    const { chain, changes, addAll } = chainOn(memory(), () => {
      commits++;
      seen.push(tipOf(chain));
    });
    await addAll([...ours, ...theirs.slice(0, -1)]);
    [commits, seen] = [0, []];
    const [outcome] = await addAll(theirs.slice(-1));
    assert.ok(outcome?.status === 'reorganized');
    assert.ok(commits >= 8, `${commits} commits`);
    assert.deepEqual(new Set(seen), new Set([last(ours)]));
    assert.equal(tipOf(chain), last(theirs));
    const { forkPoint, oldTip, newTip, disconnected, connected } = outcome.reorganization;
    assert.deepEqual([forkPoint.height, oldTip.height, newTip.height, disconnected, connected], [0, 9, 10, 9, 10]);
    assert.equal(changes.length, 10, 'one for all of it');
    assert.deepEqual(
      chain.read((reader) => reader.sideTips().map(toHex)),
      [last(ours)],
    );
  });

  it('leaves the store as one commit does', async () => {
    const dumps = [];
    for (const maxCommitTransactions of [1, 10, 1_000]) {
      const store = await openLmdbStore(network);
      const modules = {
        store,
        verifier: { verify: (list: readonly unknown[]) => Promise.resolve(list.map(() => true)) },
        pending: { reconcile: () => 0 },
      };
      const chain = new Chain({ network, maxCommitTransactions }, modules);
      for (const block of [...ours, ...theirs]) await chain.addBlock(block, NOW);
      dumps.push(chain.read((reader) => storeDump(reader, network, [...ours, ...theirs], 10)));
      await chain.close();
      await store.close();
    }
    assert.equal(toHex(dumps[0]!.tip.hash), last(theirs));
    assert.deepEqual(dumps[0], dumps[2]);
    assert.deepEqual(dumps[1], dumps[2]);
  });

  it('goes on with the next write where a full disk cut it short', async () => {
    for (let failing = 2; failing < 10; failing++) {
      let left = Infinity;
      const { chain, changes, addAll } = chainOn(memory(), () => {
        if (left-- === 0) throw new StorageFullError('full');
      });
      await addAll([...ours, ...theirs.slice(0, -1)]);
      left = failing;
      await assert.rejects(addAll(theirs.slice(-1)), StorageFullError);
      assert.equal(tipOf(chain), last(ours), 'nobody sees half of it');
      assert.deepEqual(
        chain.read((reader) => reader.account(bob.publicKey).nonce),
        1n,
      );
      left = Infinity;
      const other = mineBlock({ network, parent: network.genesis.header, miner: bob });
      assert.equal((await addAll([other]))[0]!.status, 'sideBranch');
      assert.equal(tipOf(chain), last(theirs));
      assert.equal(changes.at(-1)?.reorganization?.disconnected, 9);
      assert.deepEqual(
        changes.at(-1)!.accounts.find(({ publicKey }) => equalBytes(publicKey, bob.publicKey))?.account,
        chain.read((reader) => reader.account(bob.publicKey)),
      );
    }
  });

  it('threat cut-short-reorganization: ends at the next start, whenever the stop came', async () => {
    for (let stop = 2; stop < 10; stop++) {
      const store = memory();
      let left = Infinity;
      const { addAll } = chainOn(store, () => {
        if (left-- === 0) throw new Error('the process was killed');
      });
      await addAll([...ours, ...theirs.slice(0, -1)]);
      left = stop;
      await assert.rejects(addAll(theirs.slice(-1)), /killed/);
      const { chain } = chainOn(store);
      await chain.recover();
      assert.equal(tipOf(chain), last(theirs));
      assert.deepEqual(
        chain.read((reader) => reader.sideTips().map(toHex)),
        [last(ours)],
      );
    }
  });

  it('leads back where a block of the new branch breaks a rule, and is the old tip to all readers meanwhile', async () => {
    // b5 spends what carol does not have.
    const parent = theirs[3]!.header;
    const broken = transfer({ network, from: testAccount(8), to: bob, amount: 1n, nonce: 0 });
    const b5 = mineBlock({ network, parent, transactions: [broken] });
    const rest = mineBlocks(6, { network, parent: b5.header });
    const seen = new Set<string>();
    const { chain, changes, addAll } = chainOn(memory(), () => seen.add(tipOf(chain)));
    await addAll([...ours, ...theirs.slice(0, 4), b5, ...rest.slice(0, 4)]);
    seen.clear();
    const before = changes.length;
    const accounts = chain.read((reader) => [alice, bob, carol].map(({ publicKey }) => reader.account(publicKey)));
    const [outcome] = await addAll([rest[4]!]);
    assert.ok(outcome?.status === 'rejected' && outcome.invalid);
    assert.equal(outcome.rejection.code, 'INVALID_TRANSACTION');
    assert.deepEqual([...seen], [last(ours)]);
    assert.equal(changes.length, before);
    chain.read((reader) => {
      assert.equal(toHex(reader.tip().hash), last(ours));
      assert.deepEqual(
        [alice, bob, carol].map(({ publicKey }) => reader.account(publicKey)),
        accounts,
      );
      for (const block of [b5, ...rest.slice(0, 5)]) assert.equal(reader.header(block.header.hash)?.invalid, true);
      assert.equal(reader.header(theirs[3]!.header.hash)?.invalid, false);
    });
    assert.equal((await addAll([rest[5]!]))[0]!.status, 'rejected');
    // The good part of it can still win.
    assert.equal((await addAll(theirs.slice(4))).at(-1)!.status, 'reorganized');
    assert.equal(tipOf(chain), last(theirs));
  });
});
