import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import type { ChainReader } from '../../src/chain/chainStore.js';
import { SIDELINED_AT_ONCE, sidelinedTransactions } from '../../src/chain/sidelined.js';
import { mineBlock, mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { testChain } from '../support/chain.js';

const network = testNetwork();
const { header: genesis } = network.genesis;
const [miner, payer, payee] = [testAccount(8), testAccount(0), testAccount(1)];
const payment = (nonce: number) => transfer({ network, from: payer, to: payee, amount: 1n, nonce });

/** What is read, and in which lists, with the blocks whose bodies were asked for. */
function sidelined(chain: ReturnType<typeof testChain>['chain']) {
  const asked: string[] = [];
  const lists = chain.read((reader) => {
    const transactions: ChainReader['transactions'] = (hash, start, count) => {
      asked.push(toHex(hash));
      return reader.transactions(hash, start, count);
    };
    const counted = new Proxy(reader, {
      get: (target, name: keyof ChainReader) => (name === 'transactions' ? transactions : target[name].bind(target)),
    });
    return [...sidelinedTransactions(counted)];
  });
  return { lists: lists.map((list) => [...list]), asked };
}

describe('transactions that only a side branch holds', () => {
  it('are found oldest first, a block at a time', async () => {
    // genesis ── a1 [first] ── a2 [second]
    //        └── b1 ── b2 ── b3
    const { chain, add } = testChain(network);
    const [first, second] = [payment(0), payment(1)];
    const a1 = mineBlock({ network, parent: genesis, miner, transactions: [first] });
    const a2 = mineBlock({ network, parent: a1.header, miner, transactions: [second] });
    for (const block of [a1, a2]) await add(block);
    assert.deepEqual(sidelined(chain), { lists: [], asked: [] });
    for (const block of mineBlocks(3, { network, parent: genesis, miner: testAccount(9) })) await add(block);
    const expected = { lists: [[first], [second]], asked: [a1, a2].map(({ header }) => toHex(header.hash)) };
    assert.deepEqual(sidelined(chain), expected);
  });

  it('are read once where branches share blocks, and at most so many at once', async () => {
    // genesis ── a1 [many] ── a2
    //        │            └── c2
    //        └── b1 ── b2 ── b3
    const { chain, add } = testChain(network);
    const many = Array.from({ length: SIDELINED_AT_ONCE + 1 }, (_, nonce) => payment(nonce));
    const a1 = mineBlock({ network, parent: genesis, miner, transactions: many });
    const a2 = mineBlock({ network, parent: a1.header, miner });
    const c2 = mineBlock({ network, parent: a1.header, miner: testAccount(9) });
    for (const block of [a1, a2, c2]) await add(block);
    for (const block of mineBlocks(3, { network, parent: genesis, miner: testAccount(9) })) await add(block);
    assert.deepEqual(sidelined(chain).lists, [many.slice(0, -1), many.slice(-1)]);
  });

  it('threat junk-at-start: of blocks that were never on the best chain no body is read', async () => {
    // genesis ── b1 ── b2 ── b3 ── b4
    //        └── a1 [payment] ── a2 [payment], of accounts that are all known
    const { chain, add } = testChain(network);
    for (const block of mineBlocks(4, { network, parent: genesis, miner })) await add(block);
    const a1 = mineBlock({ network, parent: genesis, miner, transactions: [payment(0)] });
    const a2 = mineBlock({ network, parent: a1.header, miner, transactions: [payment(1)] });
    for (const block of [a1, a2]) await add(block);
    assert.deepEqual(sidelined(chain), { lists: [], asked: [] });
  });
});
