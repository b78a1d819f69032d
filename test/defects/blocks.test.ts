import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHeader, type Block } from '../../src/consensus/block.js';
import { COIN } from '../../src/consensus/network.js';
import { createTransaction } from '../../src/consensus/transaction.js';
import { mineBlock, mineBlocks, STARTING_BALANCE, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { addressOf, blockInput, startTestNode, transactionInput, type TestNode } from '../support/node.js';
import { ADD, BALANCE, CHAIN, MINE, RECEIVE_BLOCK, type Outcome } from '../support/operations.js';

/** About 2^16 tries a block: a changed header that still has its work is out of the question. */
const network = testNetwork({ target: 0x1f00ffff, targetLimit: 0x1f00ffff });
const easy = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];

async function give(node: TestNode, block: Block, change: Record<string, unknown> = {}): Promise<Outcome> {
  const b = { ...blockInput(node.network, block), ...change };
  return (await node.ask<{ outcome: Outcome }>(RECEIVE_BLOCK, { b })).outcome;
}

async function confirmed(node: TestNode, account: typeof alice): Promise<bigint> {
  const { balance } = await node.ask<{ balance: { confirmed: string } }>(BALANCE, {
    address: addressOf(node.network, account),
  });
  return BigInt(balance.confirmed);
}

describe('defects of the original: blocks', () => {
  it('#7 anyone rewrites the reward of a valid block: miner and time are under the work, the reward is not stated', async () => {
    const node = await startTestNode({ network });
    const block = mineBlock({ network, parent: network.genesis.header, miner: alice });
    for (const change of [
      { miner: addressOf(network, bob) },
      { timestamp: new Date(block.header.timestamp + 1).toISOString() },
      { nonce: `${block.header.nonce + 1n}` },
    ]) {
      assert.equal((await give(node, block, change)).code, 'INVALID_PROOF_OF_WORK', JSON.stringify(change));
    }
    await assert.rejects(give(node, block, { reward: '100000000000000' }), /reward/);
    assert.equal((await give(node, block)).__typename, 'BlockAccepted');
    assert.equal(await confirmed(node, alice), STARTING_BALANCE + 10n * COIN);
  });

  it('#8 blocks are not checked: an unsigned spend, an unfunded one, a repeated one, a wrong time', async () => {
    const node = await startTestNode({ network: easy });
    const parent = easy.genesis.header;
    const good = transfer({ network: easy, from: alice, to: bob, amount: 777n, nonce: 0 });
    const unsigned = createTransaction(
      easy.chainId,
      good,
      transfer({ network: easy, from: bob, to: bob, amount: 1n, nonce: 0 }).signature,
    );
    const unfunded = transfer({ network: easy, from: testAccount(60), to: bob, amount: 777n, nonce: 0 });
    for (const transactions of [[unsigned], [unfunded], [good, good]]) {
      const outcome = await give(node, mineBlock({ network: easy, parent, transactions }));
      assert.equal(outcome.code, 'INVALID_TRANSACTION');
    }
    const early = mineBlock({ network: easy, parent, timestamp: parent.timestamp });
    assert.equal((await give(node, early)).code, 'INVALID_TIMESTAMP');
    const late = mineBlock({ network: easy, parent, timestamp: Date.now() + 600_000 });
    assert.equal((await give(node, late)).code, 'INVALID_TIMESTAMP');
    assert.equal(await confirmed(node, bob), STARTING_BALANCE);
    assert.equal(
      (await give(node, mineBlock({ network: easy, parent, transactions: [good] }))).__typename,
      'BlockAccepted',
    );
  });

  it('#9 a foreign genesis is accepted: blocks of another genesis find no parent here', async () => {
    const node = await startTestNode({ network: easy });
    const premined = testNetwork({ allocations: [{ publicKey: bob.publicKey, amount: 10n ** 17n }] });
    const foreign = mineBlock({ network: premined, parent: premined.genesis.header });
    assert.equal((await give(node, foreign)).code, 'UNKNOWN_PARENT');
    const asGenesis = createHeader({ ...premined.genesis.header, target: easy.target }, 0n);
    await assert.rejects(async () => {
      const outcome = await give(node, { header: asGenesis, transactions: [] });
      throw new Error(`${outcome.code}`);
    }, /MALFORMED|expected/);
    assert.equal(
      (await give(node, mineBlock({ network: easy, parent: easy.genesis.header }))).__typename,
      'BlockAccepted',
    );
  });

  it('#10 signatures are outside the block hash: another signature is another root', async () => {
    const node = await startTestNode({ network: easy });
    const payment = transfer({ network: easy, from: alice, to: bob, amount: 5n, nonce: 0 });
    const block = mineBlock({ network: easy, parent: easy.genesis.header, transactions: [payment] });
    const resigned = { ...transactionInput(easy, payment), signature: '00'.repeat(64) };
    assert.equal((await give(node, block, { transactions: [resigned] })).code, 'INVALID_TRANSACTIONS_ROOT');
    assert.equal((await give(node, block)).__typename, 'BlockAccepted');
  });

  it('#11 proof of work over a language’s print format: the bytes of a header are pinned', () => {
    const header = createHeader({ ...easy.genesis.header, height: 1, previousHash: easy.chainId }, 5n);
    const same = createHeader({ ...header }, 5n);
    assert.deepEqual(same.hash, header.hash);
    assert.notDeepEqual(createHeader(header, 6n).hash, header.hash);
  });

  it('#12 fixed difficulty, longest chain: the target follows the clock, and most work wins over most blocks', async () => {
    // Slow blocks make the target easier: from a hard genesis, three late blocks weigh less than one on time.
    const hard = testNetwork({ target: 0x200fffff, targetLimit: 0x207fffff, halfLifeMs: 10_000 });
    const node = await startTestNode({ network: hard });
    const start = hard.genesis.header;
    const slow = [mineBlock({ network: hard, parent: start, timestamp: start.timestamp + 400_000, miner: alice })];
    slow.push(
      mineBlock({ network: hard, parent: slow[0]!.header, timestamp: start.timestamp + 800_000, miner: alice }),
    );
    assert.notEqual(slow[1]!.header.target, slow[0]!.header.target);
    for (const block of slow) await give(node, block);
    const fast = mineBlocks(2, { network: hard, parent: start, miner: bob });
    assert.equal((await give(node, fast[0]!)).onBestChain, false);
    assert.equal((await give(node, fast[1]!)).onBestChain, true);
    const own = createHeader({ ...slow[0]!.header, target: 0x207fffff }, 0n);
    for (let nonce = 0n; ; nonce++) {
      const header = createHeader(own, nonce);
      const outcome = await give(node, { header, transactions: [] });
      if (outcome.code === 'INVALID_PROOF_OF_WORK') continue;
      assert.equal(outcome.code, 'INVALID_TARGET');
      break;
    }
  });

  it('#13 every miner finds the same first proof: the miner is in the header', () => {
    const block = mineBlock({ network: easy, parent: easy.genesis.header, miner: alice });
    const other = createHeader({ ...block.header, miner: bob.publicKey }, block.header.nonce);
    assert.notDeepEqual(other.hash, block.header.hash);
  });

  it('#19 resolving empties the pool: a reorganization puts the transactions of the losing branch back', async () => {
    const node = await startTestNode({ network: easy });
    const mined = transfer({ network: easy, from: alice, to: bob, amount: 5n, nonce: 0 });
    const pending = transfer({ network: easy, from: bob, to: alice, amount: 6n, nonce: 0 });
    const a1 = mineBlock({ network: easy, parent: easy.genesis.header, transactions: [mined] });
    await give(node, a1);
    await node.ask(ADD, { t: transactionInput(easy, pending) });
    // genesis ── a1 [mined]
    //        └── b1 ── b2
    for (const block of mineBlocks(2, { network: easy, parent: easy.genesis.header, miner: bob }))
      await give(node, block);
    const { mempool } = await node.ask<{ mempool: { size: number } }>(CHAIN);
    assert.equal(mempool.size, 2);
    await node.admin(MINE);
    assert.equal(await confirmed(node, bob), STARTING_BALANCE + 20n * COIN + 5n - 6n);
  });

  it('#20 one junk block stops mining for good: it is refused, and mining goes on', async () => {
    const node = await startTestNode({ network: easy });
    const junk = {
      ...blockInput(easy, mineBlock({ network: easy, parent: easy.genesis.header })),
      height: 99,
      previousHash: 'ab'.repeat(32),
    };
    for (let i = 0; i < 5; i++) {
      const { outcome } = await node.ask<{ outcome: Outcome }>(RECEIVE_BLOCK, { b: junk });
      assert.ok(['INVALID_PROOF_OF_WORK', 'UNKNOWN_PARENT'].includes(outcome.code!), outcome.code);
    }
    const { outcomes } = await node.admin<{ outcomes: Outcome[] }>(MINE, { count: 3 });
    assert.deepEqual(
      outcomes.map(({ onBestChain }) => onBestChain),
      [true, true, true],
    );
  });

  it('#29 the pool changes under the miner: the block has the transactions of its root, whatever arrives meanwhile', async () => {
    const node = await startTestNode({ network });
    const mining = node.admin<{ outcomes: Outcome[] }>(MINE, { count: 3 });
    for (let nonce = 0; nonce < 20; nonce++) {
      const t = transactionInput(network, transfer({ network, from: alice, to: bob, amount: 1n, nonce }));
      await node.ask(ADD, { t });
    }
    const { outcomes } = await mining;
    assert.deepEqual(
      outcomes.map(({ onBestChain }) => onBestChain),
      [true, true, true],
    );
    await node.admin(MINE);
    assert.equal(await confirmed(node, bob), STARTING_BALANCE + 20n);
  });

  it('#30 one bad pending transaction makes mining fail forever: a transaction that a new tip made invalid is gone', async () => {
    const node = await startTestNode({ network: easy });
    const all = transfer({ network: easy, from: alice, to: bob, amount: STARTING_BALANCE, nonce: 0 });
    await node.ask(ADD, { t: transactionInput(easy, all) });
    // Another miner's block spends the same coins under the same nonce.
    const rival = transfer({ network: easy, from: alice, to: bob, amount: 1n, fee: STARTING_BALANCE - 1n, nonce: 0 });
    await give(node, mineBlock({ network: easy, parent: easy.genesis.header, transactions: [rival] }));
    const { outcomes } = await node.admin<{ outcomes: Outcome[] }>(MINE);
    assert.equal(outcomes[0]!.onBestChain, true);
    assert.equal(await confirmed(node, bob), STARTING_BALANCE + 1n);
  });
});
