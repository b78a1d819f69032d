import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Block, createHeader } from '../../src/consensus/block.js';
import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import type { PeerState } from '../../src/peers/peerState.js';
import { CompactBlocks } from '../../src/peers/relay/compactBlocks.js';
import { ShortIds, writingShortIds } from '../../src/peers/shortIds.js';
import { atOnce } from '../../src/util/turns.js';
import { mineBlock, testAccount, transfer } from '../support/blocks.js';
import { testServices } from '../graphql/testServices.js';

const PEER = 'a'.repeat(64);
const OTHER_PEER = 'b'.repeat(64);
const STRANGER = 'c'.repeat(64);
const WHOLE = { missing: undefined };

/** A node with a chain in memory, whose mempool a test fills. */
function node() {
  const { chain, network, services } = testServices();
  const pending: Transaction[] = [];
  const clock = { elapsed: 0 };
  const taken: Block[] = [];
  const seen = { tables: 0, judged: [] as string[] };
  const peers = new Map([PEER, OTHER_PEER].map((id) => [id, {} as PeerState]));
  const blocks = new CompactBlocks({
    pending: {
      bySenders: () => {
        seen.tables++;
        return pending.map((transaction) => ({ transaction }));
      },
    },
    relay: {
      receiveBlock: (block, giver) => {
        taken.push(block);
        return services.relay.receiveBlock(block, giver);
      },
      judge: (header) => {
        const outcome = chain.judge(header, network.timestamp + 60_000);
        if (outcome) seen.judged.push(outcome.status);
        return outcome;
      },
    },
    peers: { byId: (id) => peers.get(id) },
    clock: { elapsed: () => clock.elapsed },
  });
  const block = (transactions: readonly Transaction[]) => mineBlock({ network, parent: chain.tip(), transactions });
  const pay = (from: number, memo = '') =>
    transfer({ network, from: testAccount(from), to: testAccount(9), amount: 1n, nonce: 0, memo });
  const announce = (of: Block, giver: string | undefined = PEER, transactions = of.transactions) =>
    blocks.announced({ header: of.header, shortIds: atOnce(writingShortIds(of.header.hash, transactions)) }, giver);
  return { chain, network, blocks, pending, clock, taken, seen, block, pay, announce };
}

describe('a short id', () => {
  it('is the first 5 bytes of SHA-256(last 16 bytes of the hash of the block ‖ leaf)', () => {
    const { block, pay } = node();
    const transactions = [pay(1), pay(2)];
    const { hash } = block(transactions).header;
    const expected = transactions.map(({ leaf }) =>
      createHash('sha256').update(hash.subarray(16)).update(leaf).digest().subarray(0, 5),
    );
    assert.deepEqual(Buffer.from(atOnce(writingShortIds(hash, transactions))), Buffer.concat(expected));
    assert.equal(new ShortIds(hash).of(transactions[0]!), expected[0]!.readUIntBE(0, 5));
  });
});

describe('an announced block', () => {
  it('whose transactions are pending is built from them, in the order of the block', async () => {
    const { pending, pay, block, announce, taken, chain } = node();
    const transactions = [pay(1), pay(2), pay(3)];
    pending.push(pay(4), ...transactions.toReversed());
    const mined = block(transactions);
    const outcome = await announce(mined);
    assert.ok('status' in outcome && outcome.status === 'connected');
    assert.deepEqual(taken, [mined]);
    assert.deepEqual(chain.tip().hash, mined.header.hash);
  });

  it('of which some are missing is completed by the peer that announced it', async () => {
    const { pending, pay, block, blocks, announce, taken } = node();
    const transactions = [pay(0), pay(1), pay(2), pay(3)];
    pending.push(transactions[1]!);
    const mined = block(transactions);
    assert.deepEqual(await announce(mined), { missing: [0, 2, 3] });
    const missing = [0, 2, 3].map((place) => transactions[place]!);
    const outcome = await blocks.completed(mined.header.hash, missing, PEER);
    assert.ok('status' in outcome && outcome.status === 'connected');
    assert.deepEqual(taken, [mined]);
    // Nothing of it is kept.
    assert.deepEqual(await blocks.completed(mined.header.hash, missing, PEER), WHOLE);
  });

  it('is known when it is on the chain', async () => {
    const { pay, pending, block, announce, seen } = node();
    pending.push(pay(1));
    const mined = block(pending);
    await announce(mined);
    const again = await announce(mined, OTHER_PEER);
    assert.ok('status' in again && again.status === 'known');
    assert.deepEqual(seen.judged, ['known']);
  });

  it('is wanted whole where its parent is unknown, as a whole block is kept for it', async () => {
    const { network, block, announce, seen } = node();
    const orphan = mineBlock({ network, parent: block([]).header });
    assert.deepEqual(await announce(orphan), WHOLE);
    assert.equal(seen.tables, 0);
  });

  it('threat compact-without-work: without proof of work costs nothing but its form', async () => {
    const { network, chain, pay, pending, blocks, seen, block } = node();
    pending.push(pay(1));
    const good = block(pending).header;
    for (const [header, code] of [
      [createHeader(good, good.nonce + 1n), 'INVALID_PROOF_OF_WORK'],
      [mineBlock({ network, parent: chain.tip(), timestamp: network.timestamp }).header, 'INVALID_TIMESTAMP'],
    ] as const) {
      const outcome = await blocks.announced({ header, shortIds: new Uint8Array(5) }, PEER);
      assert.ok('status' in outcome && outcome.status === 'rejected' && outcome.rejection.code === code);
    }
    assert.equal(seen.tables, 0);
  });
});

describe('an announced block that does not fit together is wanted whole, and nobody is to blame:', () => {
  it('another signature of the same payment is pending', async () => {
    const { network, pay, pending, block, announce } = node();
    const payment = pay(1);
    const mined = block([payment]);
    pending.push(createTransaction(network.chainId, payment, new Uint8Array(64)));
    assert.deepEqual(await announce(mined), { missing: [0] });
  });

  it('its ids name other transactions', async () => {
    const { pay, pending, block, announce, taken, chain, seen } = node();
    pending.push(pay(1), pay(2));
    const mined = block(pending);
    assert.deepEqual(await announce(mined, PEER, pending.toReversed()), WHOLE);
    assert.deepEqual([taken, seen.judged, chain.tip().height], [[], [], 0]);
    // The right ones, from another peer, are taken.
    assert.ok('status' in (await announce(mined, OTHER_PEER)));
  });

  it('what came for it is too few, too many, or something else', async () => {
    const { pay, block, blocks, announce, taken } = node();
    const transactions = [pay(1), pay(2)];
    const mined = block(transactions);
    for (const wrong of [[], [pay(1)], [...transactions, pay(3)], transactions.toReversed()]) {
      assert.deepEqual(await announce(mined), { missing: [0, 1] });
      assert.deepEqual(await blocks.completed(mined.header.hash, wrong, PEER), WHOLE);
    }
    assert.deepEqual(taken, []);
  });

  it('too much is missing', async () => {
    const { network, pay, block, announce } = node();
    const payment = pay(1);
    const many = Array.from({ length: 1_001 }, (_, nonce) =>
      createTransaction(network.chainId, { ...payment, nonce: BigInt(nonce) }, payment.signature),
    );
    assert.deepEqual(await announce(block(many)), WHOLE);
    const fewer = await announce(block(many.slice(1)));
    assert.equal('missing' in fewer && fewer.missing?.length, 1_000);
  });

  it('threat compact-memory: who announced it is no peer, or another peer, or announced another one since, or was too slow', async () => {
    const { pay, block, blocks, announce, clock } = node();
    const [one, another] = [block([pay(1)]), block([pay(2)])];
    for (const giver of [undefined, STRANGER]) {
      const anonymous = await blocks.announced(
        { header: one.header, shortIds: atOnce(writingShortIds(one.header.hash, one.transactions)) },
        giver,
      );
      assert.deepEqual(anonymous, WHOLE);
      assert.deepEqual(await blocks.completed(one.header.hash, one.transactions, giver), WHOLE);
    }
    assert.deepEqual(await announce(one), { missing: [0] });
    assert.deepEqual(await blocks.completed(one.header.hash, one.transactions, OTHER_PEER), WHOLE);
    assert.deepEqual(await announce(another), { missing: [0] });
    assert.deepEqual(await blocks.completed(one.header.hash, one.transactions, PEER), WHOLE);
    clock.elapsed += 10_001;
    assert.deepEqual(await blocks.completed(another.header.hash, another.transactions, PEER), WHOLE);
    assert.deepEqual(await announce(another), { missing: [0] });
    clock.elapsed += 10_000;
    assert.ok('status' in (await blocks.completed(another.header.hash, another.transactions, PEER)));
  });
});

describe('short ids of what is pending', () => {
  it('are found once for the peers that announce a block, and again for one that announces it later', async () => {
    const { pay, pending, block, announce, clock, seen } = node();
    const mined = block([pay(1), pay(2)]);
    for (const giver of [PEER, OTHER_PEER, PEER]) assert.deepEqual(await announce(mined, giver), { missing: [0, 1] });
    assert.equal(seen.tables, 1);
    pending.push(mined.transactions[0]!);
    clock.elapsed += 1_000;
    assert.deepEqual(await announce(mined), { missing: [1] });
    assert.equal(seen.tables, 2);
  });
});
