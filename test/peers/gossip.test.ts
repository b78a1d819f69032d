import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { Delivery } from '../../src/peers/peer.js';
import { PeerError } from '../../src/peers/standing.js';
import { mineBlock } from '../support/blocks.js';
import { dummyTransactions, type FakeClient, network, settled, silent, unreachable } from './fakeClient.js';
import { testGossip } from './testGossip.js';

const [first, second, third] = dummyTransactions(3) as [Transaction, Transaction, Transaction];

const outcomes = (deliveries: readonly Delivery[]) => deliveries.map(({ outcome }) => outcome);

describe('announcing transactions', () => {
  it('sends to every peer at once, the first transaction alone and later ones in one batch', async () => {
    const { clients, gossip } = await testGossip(2);
    gossip.announceTransactions([first, second, third], undefined);
    for (const client of clients) assert.deepEqual(client.messages, [[first]]);
    await settled();
    for (const client of clients) assert.deepEqual(client.messages, [[first], [second, third]]);
  });

  it('never sends back to the sender, whether it was marked before or names itself now', async () => {
    const {
      clients: [a, b],
      gossip,
    } = await testGossip(2);
    gossip.announceTransactions([first], a.id);
    gossip.markKnown(toHex(second.id), b.id);
    gossip.announceTransactions([second], undefined);
    await settled();
    assert.deepEqual(a.messages, [[second]]);
    assert.deepEqual(b.messages, [[first]]);
  });

  it('sends to a peer once, however often a transaction is announced', async () => {
    const {
      clients: [a],
      gossip,
    } = await testGossip(1);
    gossip.announceTransactions([first], undefined);
    gossip.announceTransactions([first], undefined);
    await settled();
    gossip.announceTransactions([first], undefined);
    await settled();
    assert.deepEqual(a.messages, [[first]]);
  });

  it('goes on with the others when one is silent, and sends 1,000 a message', async () => {
    const {
      clients: [a, b],
      gossip,
    } = await testGossip(2);
    a.take = silent;
    gossip.announceTransactions(dummyTransactions(2_501), undefined);
    await settled();
    assert.deepEqual(
      a.messages.map((message) => message.length),
      [1],
    );
    assert.deepEqual(
      b.messages.map((message) => message.length),
      [1, 1_000, 1_000, 500],
    );
  });

  it('keeps 10,000 for a silent peer, then gives up the oldest and counts them', async () => {
    const {
      clients: [a],
      gossip,
      peers,
    } = await testGossip(1);
    a.take = silent;
    gossip.announceTransactions(dummyTransactions(10_001), undefined);
    assert.equal(peers.list()[0]!.queued, 10_000);
    assert.equal(gossip.dropped, 0);
    gossip.announceTransactions(dummyTransactions(5, 20_000), undefined);
    assert.equal(peers.list()[0]!.queued, 10_000);
    assert.equal(gossip.dropped, 5);
  });

  it('does not send to a banned peer', async () => {
    const {
      clients: [a, b],
      gossip,
      peers,
    } = await testGossip(2);
    peers.blame(peers.byId(a.id)!, 'invalidBlock', 'test');
    gossip.announceTransactions([first], undefined);
    await settled();
    assert.deepEqual([a.messages, b.messages], [[], [[first]]]);
  });
});

describe('announcing blocks', () => {
  const block = mineBlock({ network, parent: network.genesis.header });

  it('sends to every peer that is not known to have it, once', async () => {
    const {
      clients: [a, b],
      gossip,
    } = await testGossip(2);
    gossip.markKnown(toHex(block.header.hash), a.id);
    gossip.announceBlock(block);
    gossip.announceBlock(block);
    await settled();
    assert.deepEqual([a.blocks, b.blocks], [[], [block]]);
  });

  it('does not wait behind transactions, and keeps 16 for a silent peer', async () => {
    const {
      clients: [a],
      gossip,
    } = await testGossip(1);
    a.take = silent;
    a.takeBlock = silent;
    gossip.announceTransactions([first], undefined);
    for (let i = 0; i < 18; i++)
      gossip.announceBlock(
        mineBlock({ network, parent: block.header, timestamp: block.header.timestamp + 10_000 + i }),
      );
    assert.equal(a.blocks.length, 1);
    assert.equal(gossip.dropped, 1);
  });
});

describe('a peer that does not answer', () => {
  it('threat silent-peer: has no transaction and one block kept for it until it answers again', async () => {
    const {
      clients: [a, b],
      gossip,
      peers,
      clock,
    } = await testGossip(2, { timeoutMs: 60_000 });
    const blocks = [1, 2, 3].map((pause) =>
      mineBlock({ network, parent: network.genesis.header, timestamp: network.genesis.header.timestamp + pause }),
    );
    let end!: (error: Error) => void;
    a.take = () => new Promise((_, reject) => (end = reject));
    gossip.announceTransactions([first, second], undefined);
    const waiting = gossip.deliveries(second.id);
    assert.equal(gossip.waiting, 2, 'one for each, before the silence is known');
    end(new PeerError('timedOut', 'test'));
    await settled();
    assert.deepEqual(outcomes(await waiting), ['TIMED_OUT', 'ACCEPTED']);
    gossip.announceTransactions([third], undefined);
    a.takeBlock = silent;
    for (const block of blocks) gossip.announceBlock(block);
    await settled();
    assert.equal(gossip.waiting, 1);
    assert.deepEqual(outcomes(await gossip.deliveries(third.id)), ['TIMED_OUT', 'ACCEPTED'], 'at once');
    assert.deepEqual([a.messages, a.blocks], [[[first]], blocks.slice(0, 1)]);
    assert.deepEqual([b.messages.flat(), b.blocks], [[first, second, third], blocks]);

    a.take = (batch) => Promise.resolve(batch.map(() => ({ alreadyKnown: false })));
    clock.elapsed += 60_000;
    await peers.tick();
    gossip.announceTransactions([second], undefined);
    await settled();
    assert.deepEqual(a.messages, [[first], [second]], 'what was given up may be sent again');
  });
});

describe('deliveries', () => {
  it('give the answer of each peer, an early one too while another is under way', async () => {
    const { clients, gossip, clock } = await testGossip(6, { timeoutMs: 1_000 });
    const [, known, declining, gone, broken, slow] = clients as FakeClient[];
    let answer!: () => void;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    known!.take = () => Promise.resolve([{ alreadyKnown: true }]);
    declining!.take = () => Promise.resolve([{ code: 'FEE_TOO_LOW', message: 'more' }]);
    gone!.take = unreachable;
    broken!.take = () => Promise.reject(new PeerError('malformed', 'HTTP 500'));
    slow!.take = () => answered.then(() => [{ alreadyKnown: false }]);
    gossip.announceTransactions([first], undefined);
    await settled();
    const deliveries = gossip.deliveries(first.id);
    clock.elapsed += 7;
    answer();
    const all = await deliveries;
    assert.deepEqual(outcomes(all), ['ACCEPTED', 'ALREADY_KNOWN', 'DECLINED', 'UNREACHABLE', 'DECLINED', 'ACCEPTED']);
    assert.deepEqual(all[2]!.rejected, { code: 'FEE_TOO_LOW', message: 'more' });
    assert.deepEqual(all[4]!.rejected, { code: 'MALFORMED', message: 'HTTP 500' });
    assert.equal(all[5]!.latencyMs, 7);
    assert.deepEqual(await gossip.deliveries(first.id), all, 'asked for after the last answer');
    assert.deepEqual(await gossip.deliveries(second.id), [], 'never under way');
  });

  it('say TIMED_OUT of a silent peer at the deadline, and give the answers of the others', async () => {
    const {
      clients: [a, b],
      gossip,
    } = await testGossip(2, { timeoutMs: 20 });
    a.take = silent;
    gossip.announceTransactions([first], undefined);
    const all = await gossip.deliveries(first.id);
    assert.deepEqual(outcomes(all), ['TIMED_OUT', 'ACCEPTED']);
    assert.deepEqual(b.messages, [[first]]);
  });

  it('say ALREADY_KNOWN of the sender while another peer is under way', async () => {
    const {
      clients: [a],
      gossip,
    } = await testGossip(2);
    gossip.announceTransactions([first], a.id);
    assert.deepEqual(outcomes(await gossip.deliveries(first.id)), ['ALREADY_KNOWN', 'ACCEPTED']);
  });

  it('distinguish the transactions of one batch', async () => {
    const {
      clients: [a],
      gossip,
    } = await testGossip(1);
    a.take = (batch) =>
      Promise.resolve(batch.map((t) => (t === second ? { code: 'NEW', message: 'x' } : { alreadyKnown: false })));
    gossip.announceTransactions([first, second, third], undefined);
    const [one, two, three] = await Promise.all([first, second, third].map(({ id }) => gossip.deliveries(id)));
    assert.deepEqual([outcomes(one!), outcomes(two!), outcomes(three!)], [['ACCEPTED'], ['DECLINED'], ['ACCEPTED']]);
    assert.equal(two![0]!.rejected!.code, 'MALFORMED');
    assert.match(two![0]!.rejected!.message, /NEW/);
  });

  it('end when the peer is removed', async () => {
    const {
      clients: [a],
      gossip,
      peers,
    } = await testGossip(1, { timeoutMs: 60_000 });
    a.take = silent;
    gossip.announceTransactions([first, second], undefined);
    const waiting = gossip.deliveries(second.id);
    await peers.remove(a.url);
    assert.deepEqual(outcomes(await waiting), ['TIMED_OUT']);
  });
});

describe('a decline', () => {
  const codes = {
    NONCE_TOO_LOW: 1,
    NONCE_TOO_HIGH: 1,
    INSUFFICIENT_FUNDS: 1,
    UNKNOWN_PARENT: 1,
    INVALID_PARENT: 1,
    FEE_TOO_LOW: 0,
    MEMPOOL_FULL: 0,
    NONCE_CONFLICT: 0,
    INVALID_SIGNATURE: 0,
    FROM_THE_FUTURE: 0,
  };
  for (const [code, calls] of Object.entries(codes)) {
    it(`with ${code} ${calls ? 'hints at another branch' : 'gives no hint at branches'}, and is logged`, async () => {
      const {
        clients: [a],
        gossip,
        lines,
      } = await testGossip(1);
      const differing: string[] = [];
      gossip.branchesDiffer.on(({ url }) => differing.push(url));
      a.take = () => Promise.resolve([{ code, message: 'no' }]);
      gossip.announceTransactions([first], undefined);
      await settled();
      const line = lines.find(({ msg }) => msg === 'transaction declined, resolving needed');
      assert.ok(line);
      assert.equal(line['peer'], a.url);
      assert.equal(line['txid'], toHex(first.id));
      assert.equal(line['code'], code === 'FROM_THE_FUTURE' ? 'MALFORMED' : code);
      assert.deepEqual(differing, calls ? [a.url] : []);
    });
  }
});
