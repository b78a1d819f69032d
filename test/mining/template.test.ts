import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHeader, HEADER_BYTES, transactionsRoot } from '../../src/consensus/block.js';
import { nextTarget } from '../../src/consensus/network.js';
import { meetsTarget } from '../../src/consensus/pow.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { buildingTemplate } from '../../src/mining/template.js';
import { atOnce } from '../../src/util/turns.js';
import { mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { testChain } from '../support/chain.js';

const network = testNetwork();
const [alice, bob, stranger] = [testAccount(0), testAccount(1), testAccount(70)];
const pay = (nonce: number, from = alice) => transfer({ network, from, to: bob, amount: 5n, nonce });
const nothing = { select: () => [] };

describe('the block template', () => {
  it('stands on the tip, at the target that the schedule expects, and pays the miner', async () => {
    const { chain, add } = testChain(network);
    const [, tip] = mineBlocks(2, { network, parent: network.genesis.header });
    for (const block of mineBlocks(2, { network, parent: network.genesis.header })) await add(block);
    const now = tip!.header.timestamp + 7;
    const { header, transactions } = chain.read((reader) =>
      atOnce(buildingTemplate(network, reader, nothing, bob.publicKey, now)),
    );
    assert.deepEqual(transactions, []);
    assert.deepEqual(header, {
      height: 3,
      previousHash: tip!.header.hash,
      transactionsRoot: transactionsRoot([]),
      transactionCount: 0,
      timestamp: now,
      target: nextTarget(network, tip!.header),
      miner: bob.publicKey,
    });
  });

  it('leaves out transactions that do not apply, and is a valid block when sealed: a bad transaction costs only its own place', async () => {
    const { chain, add } = testChain(network);
    const good = [pay(0), pay(1)];
    const pending = { select: () => [pay(0, stranger), good[0]!, pay(3), good[1]!, pay(0)] };
    const { header, transactions } = chain.read((reader) =>
      atOnce(buildingTemplate(network, reader, pending, bob.publicKey, network.timestamp)),
    );
    assert.deepEqual(transactions, good);
    for (let nonce = 0n; ; nonce++) {
      const sealed = createHeader(header, nonce);
      if (!meetsTarget(sealed.hash, sealed.target)) continue;
      assert.equal((await add({ header: sealed, transactions })).status, 'connected');
      return;
    }
  });

  it('takes as many bytes as the network allows less the header and its nonce', () => {
    const { chain } = testChain(network);
    const asked: number[] = [];
    const pending = {
      select: (maxBytes: number) => {
        asked.push(maxBytes);
        return [];
      },
    };
    chain.read((reader) => atOnce(buildingTemplate(network, reader, pending, bob.publicKey, 0)));
    assert.deepEqual(asked, [network.maxBlockBytes - HEADER_BYTES - 8]);
  });

  it('is a snapshot: later changes of the mempool change nothing in it', () => {
    const { chain } = testChain(network);
    const pending: Transaction[] = [pay(0)];
    const template = chain.read((reader) =>
      atOnce(buildingTemplate(network, reader, { select: () => pending }, bob.publicKey, 0)),
    );
    pending.push(pay(1));
    assert.deepEqual(template.transactions, [pay(0)]);
    assert.deepEqual(template.header.transactionsRoot, transactionsRoot(template.transactions));
  });

  it('is later than the median of the last blocks, even when the clock is behind', async () => {
    const { chain, add } = testChain(network);
    for (const block of mineBlocks(3, { network, parent: network.genesis.header })) await add(block);
    const { header } = chain.read((reader) => atOnce(buildingTemplate(network, reader, nothing, bob.publicKey, 0)));
    // Of genesis and three blocks: the upper one of the middle two.
    assert.equal(header.timestamp, network.timestamp + 2 * network.blockIntervalMs + 1);
  });
});
