import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { COIN } from '../../src/consensus/network.js';
import { STARTING_BALANCE, testAccount, transfer } from '../support/blocks.js';
import { simulated } from '../support/simulation.js';
import { GOOD, agree, assertAgreement, assertPeer } from '../support/simulationAgreement.js';

describe('a network that falls in two halves', () => {
  simulated(
    'ends on the branch with the most work, and transactions that only the other confirmed are pending again',
    async (world) => {
      const { network } = world;
      const nodes = await world.startAll('a', 'b', 'c', 'd');
      const [a, b, c, d] = nodes;
      await a.mine(3);
      await assertAgreement(nodes, 3);

      // a, b:  3 ─ 4 ─ 5
      // c, d:    └ 4 ─ 5 ─ 6
      world.partition([a, b], [c, d]);
      const pay = (from: number, to: number, coins: bigint) =>
        transfer({ network, from: testAccount(from), to: testAccount(to), amount: coins * COIN, nonce: 0 });
      // The second and the third spend the same nonce.
      await a.add(pay(0, 2, 5n));
      await a.add(pay(1, 2, 7n));
      await d.add(pay(1, 3, 11n));
      await b.mine(2);
      await c.mine(3);
      await world.advance(30_000);
      const [, , paidTwice] = await assertAgreement([a, b], 5);
      assert.equal(paidTwice, STARTING_BALANCE + 12n * COIN);
      await assertAgreement([c, d], 6);
      await assertPeer(a, c, { status: 'UNREACHABLE', standing: 0 });

      world.partition([a, b], [c, d], false);
      // After a short absence a peer is tried again within 4 s and up to a quarter more.
      await world.until(10_000, () => agree(nodes, 6));
      await world.advance(10_000);
      for (const node of nodes) {
        assert.equal(await node.pending(), 1, node.name);
        for (const other of nodes) if (other !== node) await assertPeer(node, other, GOOD);
      }
      await d.mine();
      const [, , receiver, winner] = await assertAgreement(nodes, 7);
      assert.equal(receiver, STARTING_BALANCE + 5n * COIN);
      assert.equal(winner, STARTING_BALANCE + 11n * COIN);
    },
  );

  for (const [title, where, height] of [
    ['the heavier', 'c', 7],
    ['the lighter', 'a', 6],
  ] as const) {
    simulated(`is one again with the next block of ${title} half, without waiting for a handshake`, async (world) => {
      const nodes = await world.startAll('a', 'b', 'c', 'd');
      const [a, b, c, d] = nodes;
      world.partition([a, b], [c, d]);
      await b.mine(4);
      await d.mine(6);
      await world.advance(60_000);
      await assertAgreement([a, b], 4);
      await assertAgreement([c, d], 6);
      world.partition([a, b], [c, d], false);
      await nodes.find(({ name }) => name === where)!.mine();
      await assertAgreement(nodes, height);
    });
  }
});

describe('a link that works in one direction', () => {
  simulated('is enough for both to get the blocks and the transfers of each other', async (world) => {
    const [a, b] = await world.startAll('a', 'b');
    world.transport.link('a', 'b').cut = true;
    await a.mine(2);
    await world.advance(10_000);
    await assertAgreement([a, b], 2);
    await b.mine(3);
    await assertAgreement([a, b], 5);
    await assertPeer(a, b, { status: 'UNREACHABLE', standing: 0 });
    await assertPeer(b, a, GOOD);
  });
});
