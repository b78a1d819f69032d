import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChainStore } from '../../src/chain/chainStore.js';
import { COIN, type Network, supplyAt } from '../../src/consensus/network.js';
import { workOf } from '../../src/consensus/pow.js';
import { EMPTY_ACCOUNT } from '../../src/ledger/accounts.js';
import {
  FUNDED_ACCOUNTS,
  mineBlock,
  mineBlocks,
  STARTING_BALANCE,
  testAccount,
  testNetwork,
  transfer,
} from '../support/blocks.js';
import { commitOf, forgetSideBlock, makeTip, readStore, storeAside, tipCommit } from '../support/storeCommits.js';
import { storeDump } from '../support/storeDump.js';

const network = testNetwork();
const genesis = network.genesis.header;
const [alice, bob, miner, stranger] = [testAccount(0), testAccount(1), testAccount(9), testAccount(8)];
const pay = (nonce: number, amount = 5n, to = bob) => transfer({ network, from: alice, to, amount, fee: 1n, nonce });

/** The contract of every ChainStore; `open` gives an empty one of the network. */
export function chainStoreContract(name: string, open: (network: Network) => Promise<ChainStore>): void {
  describe(`${name}: chain store contract`, () => {
    it('starts with genesis connected and its allocations as accounts', async () => {
      const store = await open(network);
      readStore(store, (reader) => {
        const work = workOf(genesis.target);
        assert.deepEqual(reader.tip(), { ...genesis, work, size: 152, invalid: false });
        assert.deepEqual(reader.headerAt(0), reader.tip());
        assert.deepEqual(reader.account(alice.publicKey), { balance: STARTING_BALANCE, nonce: 0n });
        assert.deepEqual(reader.undo(genesis.hash)?.[0], { publicKey: alice.publicKey, account: EMPTY_ACCOUNT });
        assert.equal(reader.accountCount(), FUNDED_ACCOUNTS);
        assert.equal(reader.totalBalance(), BigInt(FUNDED_ACCOUNTS) * STARTING_BALANCE);
        assert.deepEqual(reader.sideTips(), []);
      });
      await store.close();
    });

    it('answers with nothing for an unknown key', async () => {
      const store = await open(network);
      readStore(store, (reader) => {
        const unknown = new Uint8Array(32).fill(7);
        assert.equal(reader.header(unknown), undefined);
        assert.equal(reader.headerAt(1), undefined);
        assert.deepEqual(reader.headersFrom(1, 10), []);
        assert.deepEqual(reader.transactions(unknown), []);
        assert.deepEqual(reader.body(unknown), []);
        assert.equal(reader.transaction(unknown), undefined);
        assert.equal(reader.undo(unknown), undefined);
        assert.deepEqual(reader.account(unknown), EMPTY_ACCOUNT);
        assert.deepEqual(reader.history(unknown, { limit: 10, fromEnd: false }), []);
        assert.equal(reader.historyCount(unknown), 0);
      });
      await store.close();
    });

    it('connects a block: header, body, positions, accounts, undo', async () => {
      const store = await open(network);
      const block = mineBlock({ network, parent: genesis, transactions: [pay(0), pay(1, 7n, stranger)] });
      await makeTip(store, network, block);
      readStore(store, (reader) => {
        const { hash } = block.header;
        const tip = reader.tip();
        assert.deepEqual(tip, { ...block.header, work: 2n * workOf(genesis.target), size: tip.size, invalid: false });
        assert.deepEqual(reader.header(hash), tip);
        assert.deepEqual(
          reader.headersFrom(0, 2).map(({ height }) => height),
          [0, 1],
        );
        assert.deepEqual(reader.transactions(hash), block.transactions);
        assert.deepEqual(
          reader.body(hash),
          block.transactions.map(({ encoded }) => encoded),
        );
        assert.deepEqual(reader.transactions(hash, 1, 1), [block.transactions[1]]);
        assert.deepEqual(reader.body(hash, 1, 1), [block.transactions[1]!.encoded]);
        assert.deepEqual(reader.body(hash, 2), []);
        assert.deepEqual(reader.transactions(hash, 2), []);
        const second = { transaction: block.transactions[1], block: tip, index: 1 };
        assert.deepEqual(reader.transaction(block.transactions[1]!.id), second);
        assert.deepEqual(reader.account(alice.publicKey), { balance: STARTING_BALANCE - 14n, nonce: 2n });
        assert.deepEqual(reader.account(stranger.publicKey), { balance: 7n, nonce: 0n });
        assert.deepEqual(reader.account(miner.publicKey), { balance: 10n * COIN + 2n, nonce: 0n });
        const undone = new Map(reader.undo(hash)?.map((change) => [change.publicKey.join(), change.account]));
        assert.deepEqual(undone.get(alice.publicKey.join()), { balance: STARTING_BALANCE, nonce: 0n });
        assert.deepEqual(undone.get(miner.publicKey.join()), EMPTY_ACCOUNT);
        assert.equal(reader.accountCount(), FUNDED_ACCOUNTS + 2);
        assert.equal(reader.totalBalance(), supplyAt(network, 1));
      });
      await store.close();
    });

    it('has nothing at a height that no block can have, and says so without a fault', async () => {
      const store = await open(network);
      await makeTip(store, network, mineBlock({ network, parent: genesis }));
      readStore(store, (reader) => {
        for (const height of [-(2 ** 53), -(2 ** 31), -1, 2, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53]) {
          assert.equal(reader.headerAt(height), undefined, `${height}`);
          const heights = reader.headersFrom(height, 10).map((header) => header.height);
          assert.deepEqual(heights, height < 0 ? [0, 1] : [], `from ${height}`);
        }
        assert.deepEqual(reader.headersFrom(0, 0), []);
        assert.deepEqual(reader.transactions(genesis.hash, 2 ** 32 - 1), []);
      });
      await store.close();
    });

    it('keeps an account that spent everything in the list, for its nonce', async () => {
      const store = await open(network);
      await makeTip(
        store,
        network,
        mineBlock({ network, parent: genesis, transactions: [pay(0, STARTING_BALANCE - 1n)] }),
      );
      readStore(store, (reader) => {
        assert.deepEqual(reader.account(alice.publicKey), { balance: 0n, nonce: 1n });
        assert.equal(reader.accountCount(), FUNDED_ACCOUNTS + 1);
        assert.deepEqual(reader.richest({ limit: 10, fromEnd: true }).at(-1)?.publicKey, alice.publicKey);
      });
      await store.close();
    });

    it('lists a payment to oneself once', async () => {
      const store = await open(network);
      const block = mineBlock({ network, parent: genesis, transactions: [pay(0, 5n, alice)] });
      await makeTip(store, network, block);
      readStore(store, (reader) => {
        assert.equal(reader.historyCount(alice.publicKey), 1);
        assert.equal(reader.history(alice.publicKey, { limit: 10, fromEnd: false }).length, 1);
      });
      await store.close();
    });

    it('keeps a side branch apart from the best chain', async () => {
      // genesis ─ a1
      //         └ b1 ─ b2   (side)
      const store = await open(network);
      const a1 = mineBlock({ network, parent: genesis });
      const b1 = mineBlock({ network, parent: genesis, transactions: [pay(0)], miner: stranger });
      const b2 = mineBlock({ network, parent: b1.header, miner: stranger });
      await makeTip(store, network, a1);
      await storeAside(store, b1, b2);
      readStore(store, (reader) => {
        assert.deepEqual(reader.tip().hash, a1.header.hash);
        assert.deepEqual(reader.headerAt(1)?.hash, a1.header.hash);
        assert.deepEqual(reader.header(b1.header.hash)?.hash, b1.header.hash);
        assert.deepEqual(reader.transactions(b1.header.hash), b1.transactions);
        assert.deepEqual(reader.sideTips(), [b2.header.hash]);
        assert.equal(reader.transaction(b1.transactions[0]!.id), undefined);
        assert.equal(reader.undo(b1.header.hash), undefined);
        assert.equal(reader.historyCount(alice.publicKey), 0);
        assert.deepEqual(reader.account(stranger.publicKey), EMPTY_ACCOUNT);
        for (const block of [a1, b1, b2]) assert.equal(reader.wasDisconnected(block.header.hash), false);
      });
      await store.close();
    });

    it('reorganizes, and back again as if the other branch had never been', async () => {
      // genesis ─ a1 ─ a2          `shared` is in a1 and in b2, at another index
      //         └ b1 ─ b2 ─ b3
      const store = await open(network);
      const [shared, only] = [pay(0), pay(1, 9n)];
      const fromBob = transfer({ network, from: bob, to: stranger, amount: 3n, nonce: 0 });
      const a1 = mineBlock({ network, parent: genesis, transactions: [shared, only] });
      const a2 = mineBlock({ network, parent: a1.header });
      const b1 = mineBlock({ network, parent: genesis, miner: stranger });
      const b2 = mineBlock({ network, parent: b1.header, transactions: [fromBob, shared], miner: stranger });
      const b3 = mineBlock({ network, parent: b2.header, miner: stranger });
      for (const block of [a1, a2]) await makeTip(store, network, block);
      await storeAside(store, b1, b2);
      await makeTip(store, network, b3);
      readStore(store, (reader) => {
        assert.deepEqual(
          reader.headersFrom(0, 10).map(({ hash }) => hash),
          [network.genesis, b1, b2, b3].map(({ header }) => header.hash),
        );
        assert.deepEqual(reader.sideTips(), [a2.header.hash]);
        assert.equal(reader.transaction(only.id), undefined);
        assert.equal(reader.transaction(shared.id)?.index, 1);
        assert.equal(reader.undo(a1.header.hash), undefined);
        assert.deepEqual(reader.account(miner.publicKey), EMPTY_ACCOUNT);
        for (const block of [a1, a2]) assert.equal(reader.wasDisconnected(block.header.hash), true);
        for (const block of [b1, b2, b3]) assert.equal(reader.wasDisconnected(block.header.hash), false);
        assert.deepEqual(reader.account(alice.publicKey), { balance: STARTING_BALANCE - 6n, nonce: 1n });
        assert.equal(reader.historyCount(alice.publicKey), 1);
        assert.equal(reader.historyCount(bob.publicKey), 2);
        assert.deepEqual(
          reader.undo(b2.header.hash)?.find(({ publicKey }) => publicKey.join() === bob.publicKey.join())?.account,
          { balance: STARTING_BALANCE, nonce: 0n },
        );
      });
      const a3 = mineBlock({ network, parent: a2.header });
      await makeTip(store, network, a3);
      const straight = await open(network);
      for (const block of [a1, a2, a3]) await makeTip(straight, network, block);
      const [back, expected] = [store, straight].map((each) =>
        readStore(each, (reader) => ({ ...storeDump(reader, network, [a1, a2, a3], 10), sideTips: undefined })),
      );
      assert.deepEqual(back, expected);
      await store.close();
      await straight.close();
    });

    it('forgets a side block and its body, and no other of its height', async () => {
      const store = await open(network);
      const a1 = mineBlock({ network, parent: genesis });
      const b1 = mineBlock({ network, parent: genesis, transactions: [pay(0), pay(1)], miner: bob });
      const c1 = mineBlock({ network, parent: genesis, transactions: [pay(0)], miner: stranger });
      await makeTip(store, network, a1);
      await storeAside(store, b1);
      await storeAside(store, c1);
      await forgetSideBlock(store, b1.header.hash);
      readStore(store, (reader) => {
        assert.equal(reader.header(b1.header.hash), undefined);
        assert.deepEqual(reader.transactions(b1.header.hash), []);
        assert.deepEqual(reader.transactions(c1.header.hash), c1.transactions);
        assert.deepEqual(reader.headerAt(1)?.hash, a1.header.hash);
        assert.deepEqual(reader.sideTips(), [c1.header.hash]);
      });
      // The block in place of the forgotten one shows nothing of it.
      const d1 = mineBlock({ network, parent: genesis, transactions: [pay(0)], miner: testAccount(7) });
      await storeAside(store, d1);
      readStore(store, (reader) => assert.deepEqual(reader.transactions(d1.header.hash), d1.transactions));
      await store.close();
    });

    it('marks blocks as invalid, stored before or in the same commit', async () => {
      const store = await open(network);
      const [b1, b2] = mineBlocks(2, { network, parent: genesis, transactions: [], miner: bob });
      await storeAside(store, b1!, b2!);
      const change = readStore(store, (reader) => commitOf(reader, { invalidate: [b1!.header.hash, b2!.header.hash] }));
      assert.equal(
        readStore(store, (reader) => reader.header(b2!.header.hash)?.invalid),
        false,
      );
      await store.commit(change);
      readStore(store, (reader) => {
        assert.equal(reader.header(b1!.header.hash)?.invalid, true);
        assert.equal(reader.header(b2!.header.hash)?.invalid, true);
        assert.equal(reader.tip().invalid, false);
      });
      await store.close();
    });

    it('shows a snapshot as of its tip while commits go on, until its last release', async () => {
      const store = await open(network);
      const blocks = mineBlocks(3, { network, parent: genesis });
      const snapshot = store.snapshot();
      const before = storeDump(snapshot, network, blocks, 10);
      for (const block of blocks) {
        await makeTip(store, network, block);
        assert.deepEqual(storeDump(snapshot, network, blocks, 10), before);
      }
      assert.equal(
        readStore(store, (reader) => reader.tip().height),
        3,
      );
      assert.equal(snapshot.retain(), snapshot);
      snapshot.release();
      assert.equal(snapshot.tip().height, 0);
      snapshot.release();
      assert.throws(() => snapshot.header(genesis.hash), /after its release/);
      await store.close();
    });

    it('shows all of a commit or nothing of it while it is being resolved', async () => {
      const store = await open(network);
      const block = mineBlock({ network, parent: genesis, transactions: [pay(0)] });
      const committed = makeTip(store, network, block);
      readStore(store, (reader) => {
        const whole = reader.tip().height === 1;
        assert.equal(reader.transaction(block.transactions[0]!.id) !== undefined, whole);
        assert.equal(reader.account(alice.publicKey).nonce, whole ? 1n : 0n);
      });
      await committed;
      await store.close();
    });

    it('keeps nothing of a commit that names an unknown block, and takes the next one', async () => {
      const store = await open(network);
      const block = mineBlock({ network, parent: genesis, transactions: [pay(0)] });
      const good = readStore(store, (reader) => tipCommit(reader, network, block));
      const before = readStore(store, (reader) => storeDump(reader, network, [block], 10));
      await assert.rejects(store.commit({ ...good, forget: [new Uint8Array(32).fill(7)] }), /unknown/);
      assert.deepEqual(
        readStore(store, (reader) => storeDump(reader, network, [block], 10)),
        before,
      );
      await store.commit(good);
      assert.equal(
        readStore(store, (reader) => reader.tip().height),
        1,
      );
      await store.close();
    });
  });
}
