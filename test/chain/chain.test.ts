import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AddBlockOutcome } from '../../src/chain/outcome.js';
import type { Block } from '../../src/consensus/block.js';
import { COIN } from '../../src/consensus/network.js';
import { createTransaction } from '../../src/consensus/transaction.js';
import { mineBlock, mineBlocks, STARTING_BALANCE, testAccount, transfer } from '../support/blocks.js';
import { testChain } from '../support/chain.js';

function code(outcome: AddBlockOutcome): string {
  return outcome.status === 'rejected' || outcome.status === 'orphan' ? outcome.rejection.code : outcome.status;
}

async function addAll(add: (block: Block) => Promise<AddBlockOutcome>, blocks: readonly Block[]): Promise<string[]> {
  const statuses: string[] = [];
  for (const block of blocks) statuses.push(code(await add(block)));
  return statuses;
}

const [alice, bob] = [testAccount(0), testAccount(1)];

describe('choosing the best chain', () => {
  it('a block on the tip extends the chain and pays its miner', async () => {
    const { network, chain, add, changes } = testChain();
    const payment = transfer({ network, from: alice, to: bob, amount: 5n, fee: 2n, nonce: 0 });
    const block = mineBlock({ network, parent: network.genesis.header, transactions: [payment] });
    assert.equal((await add(block)).status, 'connected');
    chain.read((view) => {
      assert.deepEqual(view.tip().hash, block.header.hash);
      assert.deepEqual(view.account(alice.publicKey), { balance: STARTING_BALANCE - 7n, nonce: 1n });
      assert.deepEqual(view.account(bob.publicKey), { balance: STARTING_BALANCE + 5n, nonce: 0n });
      assert.equal(view.account(testAccount(9).publicKey).balance, 10n * COIN + 2n);
    });
    assert.equal(changes.length, 1);
  });

  it('the same block again is known, on the best chain or aside', async () => {
    const { network, add } = testChain();
    const [a, b] = [alice, bob].map((miner) => mineBlock({ network, parent: network.genesis.header, miner }));
    await addAll(add, [a!, b!]);
    const [again, aside] = [await add(a!), await add(b!)];
    assert.ok(again.status === 'known' && again.onBestChain);
    assert.ok(aside.status === 'known' && !aside.onBestChain);
  });

  it('threat foreign-body: a wrong body under a good header, offered first, is no answer to the real block', async () => {
    const { network, add } = testChain();
    const transactions = [transfer({ network, from: testAccount(0), to: testAccount(1), amount: 5n, nonce: 0 })];
    const block = mineBlock({ network, parent: network.genesis.header, transactions });
    const foreign = [transfer({ network, from: testAccount(0), to: testAccount(1), amount: 6n, nonce: 0 })];
    const outcomes = await Promise.all([add({ ...block, transactions: foreign }), add(block), add({ ...block })]);
    assert.deepEqual(
      outcomes.map((outcome) => ('rejection' in outcome ? outcome.rejection.code : outcome.status)),
      ['INVALID_TRANSACTIONS_ROOT', 'connected', 'connected'],
    );
  });

  it('the same block from several peers at once is added once, and all hear the same', async () => {
    const { network, add, changes } = testChain();
    const block = mineBlock({ network, parent: network.genesis.header });
    const outcomes = await Promise.all([add(block), add(block), add({ ...block })]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['connected', 'connected', 'connected'],
    );
    assert.equal(changes.length, 1);
  });

  it('first seen wins a tie', async () => {
    // genesis ── a        stays
    //        └── b        as much work, seen later
    const { network, chain, add } = testChain();
    const [a, b] = [alice, bob].map((miner) => mineBlock({ network, parent: network.genesis.header, miner }));
    assert.deepEqual(await addAll(add, [a!, b!]), ['connected', 'sideBranch']);
    assert.deepEqual(
      chain.read((view) => [view.tip().hash, view.sideTips()]),
      [a!.header.hash, [b!.header.hash]],
    );
  });

  it('more work wins: the old branch is disconnected, the new one connected, balances follow', async () => {
    // genesis ── a1 ── a2
    //        └── b1 ── b2 ── b3
    const { network, chain, add, changes, bodies } = testChain();
    const payment = transfer({ network, from: alice, to: bob, amount: 5n, nonce: 0 });
    const a1 = mineBlock({ network, parent: network.genesis.header, miner: alice, transactions: [payment] });
    const a2 = mineBlock({ network, parent: a1.header, miner: alice });
    const b = mineBlocks(3, { network, parent: network.genesis.header, miner: bob });
    const statuses = await addAll(add, [a1, a2, ...b]);
    assert.deepEqual(statuses, ['connected', 'connected', 'sideBranch', 'sideBranch', 'reorganized']);
    const last = changes.at(-1)!;
    assert.deepEqual(
      last.disconnected.map(({ height }) => height),
      [2, 1],
    );
    assert.deepEqual(bodies.at(-1), [[], [payment]]);
    assert.deepEqual(
      last.connected.map(({ height }) => height),
      [1, 2, 3],
    );
    chain.read((view) => {
      assert.deepEqual(view.tip().hash, b[2]!.header.hash);
      assert.deepEqual(view.sideTips(), [a2.header.hash]);
      assert.deepEqual(view.account(alice.publicKey), { balance: STARTING_BALANCE, nonce: 0n });
      assert.equal(view.account(bob.publicKey).balance, STARTING_BALANCE + 30n * COIN);
      assert.equal(view.transaction(payment.id), undefined);
    });
  });

  it('reports a reorganization with its ancestor and its counts', async () => {
    const { network, add } = testChain();
    const a = mineBlock({ network, parent: network.genesis.header, miner: alice });
    const b = mineBlocks(2, { network, parent: network.genesis.header, miner: bob });
    await addAll(add, [a, b[0]!]);
    const outcome = await add(b[1]!);
    assert.ok(outcome.status === 'reorganized');
    const { forkPoint, oldTip, newTip, disconnected, connected } = outcome.reorganization;
    assert.deepEqual([forkPoint.hash, oldTip.hash, newTip.hash], [network.chainId, a.header.hash, b[1]!.header.hash]);
    assert.deepEqual([disconnected, connected], [1, 2]);
  });

  it('a block without its parent waits for it, whatever the order of arrival', async () => {
    const { network, chain, add } = testChain();
    const blocks = mineBlocks(5, { network, parent: network.genesis.header });
    assert.deepEqual(await addAll(add, [...blocks].reverse()), [
      'UNKNOWN_PARENT',
      'UNKNOWN_PARENT',
      'UNKNOWN_PARENT',
      'UNKNOWN_PARENT',
      'connected',
    ]);
    assert.equal(
      chain.read((view) => view.tip().height),
      5,
    );
  });

  it('no listener sees the new tip before the mempool has followed it', async () => {
    const { network, chain, add, changes } = testChain();
    let watching = true;
    const early: number[] = [];
    // Looks between any two steps of the promises that a commit goes through.
    const watch = async () => {
      while (watching) {
        const { height } = chain.tip();
        if (height > changes.length) early.push(height);
        await Promise.resolve();
      }
    };
    const adding = add(mineBlock({ network, parent: network.genesis.header }));
    const watched = watch();
    await adding;
    watching = false;
    await watched;
    assert.deepEqual([chain.tip().height, early], [1, []]);
  });

  it('a snapshot keeps its tip while the chain grows', async () => {
    const { network, chain, add } = testChain();
    const before = chain.snapshot();
    await add(mineBlock({ network, parent: network.genesis.header, miner: bob }));
    assert.equal(before.tip().height, 0);
    assert.equal(before.account(bob.publicKey).balance, STARTING_BALANCE);
    before.release();
  });

  it('what is read at once brings back a value: neither a promise nor the reader, which would be used after it was freed', () => {
    const { chain } = testChain();
    assert.equal(
      chain.read((reader) => reader.tip().height),
      0,
    );
    // @ts-expect-error A promise does not compile either.
    assert.throws(() => chain.read((reader) => Promise.resolve(reader.tip())), {
      name: 'TypeError',
      message: /got a promise/,
    });
    assert.throws(() => chain.read((reader) => reader), { name: 'TypeError', message: /got the reader/ });
  });
});

describe('a block that breaks a rule', () => {
  it('in the middle of a heavier branch leaves the tip standing and condemns its descendants', async () => {
    // genesis ── a1
    //        └── b1 ── b2 (spends missing coins) ── b3
    const { network, chain, add, changes } = testChain();
    const a1 = mineBlock({ network, parent: network.genesis.header, miner: alice });
    const b1 = mineBlock({ network, parent: network.genesis.header, miner: bob });
    const unfunded = transfer({ network, from: testAccount(7), to: bob, amount: 777n, nonce: 0 });
    const b2 = mineBlock({ network, parent: b1.header, transactions: [unfunded] });
    await addAll(add, [a1, b1]);
    const outcome = await add(b2);
    assert.ok(outcome.status === 'rejected' && outcome.invalid && outcome.rejection.code === 'INVALID_TRANSACTION');
    assert.equal(outcome.rejection.cause.code, 'INSUFFICIENT_FUNDS');
    assert.equal(code(await add(mineBlock({ network, parent: b2.header }))), 'INVALID_PARENT');
    assert.equal(code(await add(b2)), 'INVALID_PARENT');
    chain.read((view) => {
      assert.deepEqual(view.tip().hash, a1.header.hash);
      assert.equal(view.header(b2.header.hash)?.invalid, true);
      assert.equal(view.header(b1.header.hash)?.invalid, false);
    });
    assert.equal(changes.length, 1);
    // The good part of that branch can still win.
    const good = mineBlocks(2, { network, parent: b1.header });
    assert.deepEqual(await addAll(add, good), ['reorganized', 'connected']);
  });

  it('found late, deep in a side branch, condemns the blocks stored on it', async () => {
    // genesis ── a1 ── a2 ── a3
    //        └── b1 (bad) ── b2 ── b3 ── b4      the state is checked when b4 would win
    const { network, chain, add } = testChain();
    const unfunded = transfer({ network, from: testAccount(7), to: bob, amount: 777n, nonce: 0 });
    const a = mineBlocks(3, { network, parent: network.genesis.header, miner: alice });
    const b1 = mineBlock({ network, parent: network.genesis.header, transactions: [unfunded] });
    const b = mineBlocks(3, { network, parent: b1.header });
    assert.deepEqual(await addAll(add, [...a, b1, b[0]!, b[1]!]), [
      'connected',
      'connected',
      'connected',
      'sideBranch',
      'sideBranch',
      'sideBranch',
    ]);
    assert.equal(code(await add(b[2]!)), 'INVALID_TRANSACTION');
    chain.read((view) => {
      assert.deepEqual(view.tip().hash, a[2]!.header.hash);
      for (const block of [b1, ...b]) assert.equal(view.header(block.header.hash)?.invalid, true);
    });
  });

  it('junk under a good header does not condemn the header', async () => {
    const { network, add } = testChain();
    const good = mineBlock({
      network,
      parent: network.genesis.header,
      transactions: [transfer({ network, from: alice, to: bob, amount: 5n, nonce: 0 })],
    });
    const stolen = {
      header: good.header,
      transactions: [transfer({ network, from: bob, to: alice, amount: 5n, nonce: 0 })],
    };
    assert.equal(code(await add(stolen)), 'INVALID_TRANSACTIONS_ROOT');
    assert.equal(code(await add({ header: good.header, transactions: [] })), 'INVALID_TRANSACTIONS_ROOT');
    assert.equal((await add(good)).status, 'connected');
  });

  it('a signature that another key made is found, though the block commits to it', async () => {
    const { network, chain, add } = testChain();
    const payment = transfer({ network, from: alice, to: bob, amount: 5n, nonce: 0 });
    const forged = createTransaction(
      network.chainId,
      payment,
      transfer({ network, from: bob, to: bob, amount: 5n, nonce: 0 }).signature,
    );
    const outcome = await add(mineBlock({ network, parent: network.genesis.header, transactions: [forged] }));
    assert.ok(outcome.status === 'rejected' && outcome.rejection.code === 'INVALID_TRANSACTION');
    assert.equal(outcome.rejection.cause.code, 'INVALID_SIGNATURE');
    assert.equal(
      chain.read((view) => view.tip().height),
      0,
    );
  });

  it('from the future is deferred: good once its time has come', async () => {
    const { network, add } = testChain();
    const block = mineBlock({ network, parent: network.genesis.header });
    const outcome = await add(block, block.header.timestamp - 120_001);
    assert.ok(outcome.status === 'rejected' && !outcome.invalid && outcome.rejection.code === 'INVALID_TIMESTAMP');
    assert.equal((await add(block, block.header.timestamp - 120_000)).status, 'connected');
  });
});

describe('bounds', () => {
  it('keeps 64 side tips and forgets the lightest with its blocks', async () => {
    const { network, chain, add } = testChain();
    const main = mineBlocks(3, { network, parent: network.genesis.header });
    const sides = Array.from({ length: 65 }, (_, index) =>
      mineBlock({
        network,
        parent: index === 0 ? network.genesis.header : main[0]!.header,
        miner: testAccount(20 + index),
      }),
    );
    await addAll(add, [...main, ...sides]);
    chain.read((view) => {
      assert.equal(view.sideTips().length, 64);
      assert.equal(view.header(sides[0]!.header.hash), undefined);
      assert.ok(view.header(sides[64]!.header.hash));
    });
  });
});
