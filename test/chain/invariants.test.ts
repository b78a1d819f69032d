import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Chain } from '../../src/chain/chain.js';
import type { ChainSnapshot, ChainStore } from '../../src/chain/chainStore.js';
import { InvariantError } from '../../src/util/invariant.js';
import { mineBlocks, testAccount, testNetwork, transfer, mineBlock } from '../support/blocks.js';
import { MemoryChainStore } from '../support/memoryChainStore.js';

const network = testNetwork();
const genesis = network.genesis.header;
const NOW = Date.UTC(2100, 0, 1);

/** A chain on a store whose snapshots say what `lie` makes of the true answers. */
function lyingChain() {
  const store = new MemoryChainStore(network);
  let commits = 0;
  let lie: (snapshot: ChainSnapshot) => Partial<ChainSnapshot> = () => ({});
  const lying: ChainStore = {
    snapshot: () => {
      const snapshot = store.snapshot();
      return new Proxy(snapshot, {
        get: (target, name) => {
          const value: unknown = Reflect.get({ ...lie(target) }, name) ?? Reflect.get(target, name);
          return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
        },
      });
    },
    commit: (change) => {
      commits++;
      return store.commit(change);
    },
    close: () => store.close(),
  };
  const chain = new Chain(
    { network },
    {
      store: lying,
      verifier: { verify: (transactions) => Promise.resolve(transactions.map(() => true)) },
      pending: { reconcile: () => 0 },
    },
  );
  return { chain, store, commits: () => commits, lieAs: (next: typeof lie) => (lie = next) };
}

describe('what the chain asserts about money', () => {
  it('balances that do not add up to the supply are not written, nor is anything after them', async () => {
    const { chain, store, commits, lieAs } = lyingChain();
    const [first, second] = mineBlocks(2, { network, parent: genesis });
    assert.equal((await chain.addBlock(first!, NOW)).status, 'connected');
    lieAs((snapshot) => ({ totalBalance: () => snapshot.totalBalance() + 1n }));
    const announced: unknown[] = [];
    chain.tipChanged.on((change) => announced.push(change));
    await assert.rejects(chain.addBlock(second!, NOW), (error: Error) => {
      assert.ok(error instanceof InvariantError);
      assert.match(error.message, /^balances at height 2, about to be written: expected a sum of \d+, got \d+$/);
      return true;
    });
    lieAs(() => ({}));
    await assert.rejects(chain.addBlock(second!, NOW), InvariantError);
    await assert.rejects(chain.extend([second!], NOW), InvariantError);
    assert.ok(chain.violation instanceof InvariantError);
    assert.deepEqual([commits(), store.snapshot().tip().height, announced], [1, 1, []]);
  });

  it('balances that come back from the store other than they were written are seen at once', async () => {
    const { chain, commits, lieAs } = lyingChain();
    const [first, second] = mineBlocks(2, { network, parent: genesis });
    lieAs((snapshot) => ({
      totalBalance: () => (commits() === 0 ? snapshot.totalBalance() : snapshot.totalBalance() - 1n),
    }));
    await assert.rejects(chain.addBlock(first!, NOW), /height 1, read after a commit: expected a sum/);
    await assert.rejects(chain.addBlock(second!, NOW), InvariantError);
    assert.equal(commits(), 1);
  });

  it('a block is not taken back if its undo data would create or destroy money', async () => {
    for (const wrong of [1n, -1n]) {
      const { chain, store, commits, lieAs } = lyingChain();
      const [alice, bob] = [testAccount(0), testAccount(1)];
      const payment = transfer({ network, from: alice, to: bob, amount: 5n, nonce: 0 });
      const old = mineBlock({ network, parent: genesis, transactions: [payment] });
      // genesis ── old
      //        └── fork ── heavier
      const [fork, heavier] = mineBlocks(2, { network, parent: genesis, miner: testAccount(7) });
      for (const block of [old, fork!]) await chain.addBlock(block, NOW);
      lieAs((snapshot) => ({
        undo: (hash) =>
          snapshot.undo(hash)?.map(({ publicKey, account }, index) => ({
            publicKey,
            account: index === 0 ? { ...account, balance: account.balance + wrong } : account,
          })),
      }));
      await assert.rejects(chain.addBlock(heavier!, NOW), /^InvariantError: taking block 1 back: expected the sum/);
      assert.deepEqual([commits(), store.snapshot().tip().hash], [2, old.header.hash]);
    }
  });
});
