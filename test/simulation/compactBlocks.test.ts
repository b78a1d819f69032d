import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { testAccount, transfer } from '../support/blocks.js';
import { simulated, type Simulation } from '../support/simulation.js';
import { agree, assertPeer, GOOD } from '../support/simulationAgreement.js';
import type { SimulatedNode } from '../support/simulationNode.js';
import { whole } from '../support/simulationTransport.js';

/** Operations with which this node tells the other of blocks from now on, in order. */
function blocksTold({ transport }: Simulation, from: SimulatedNode, to: SimulatedNode): string[] {
  const told: string[] = [];
  transport.link(from.name, to.name).fault = (answer) => {
    if (answer.operation.includes('Block')) told.push(answer.operation);
    return whole(answer);
  };
  return told;
}

/** Hands in payments of one account with these nonces. */
async function pay({ network }: Simulation, node: SimulatedNode, from: number, nonces: number): Promise<void> {
  for (let nonce = 0; nonce < nonces; nonce++) {
    await node.add(transfer({ network, from: testAccount(from), to: testAccount(3), amount: 1n, nonce }));
  }
}

describe('a block of 16 transactions and more', () => {
  simulated('is built by a peer from what it has pending, and does not go back to its giver', async (world) => {
    const [a, b] = await world.startAll('a', 'b');
    const [told, back] = [blocksTold(world, a, b), blocksTold(world, b, a)];
    await pay(world, a, 0, 16);
    await a.mine();
    assert.ok(await agree([a, b], 1));
    assert.deepEqual([told, back], [['ReceiveBroadcastCompactBlock'], []]);
    assert.deepEqual([await a.pending(), await b.pending()], [0, 0]);
  });

  simulated('is completed by its giver where a peer lacks some of them', async (world) => {
    const [a, b] = await world.startAll('a', 'b');
    await pay(world, a, 0, 16);
    world.partition([a], [b]);
    await pay(world, a, 1, 3);
    world.partition([a], [b], false);
    const told = blocksTold(world, a, b);
    await a.mine();
    assert.ok(await agree([a, b], 1));
    assert.deepEqual(told, ['ReceiveBroadcastCompactBlock', 'ReceiveBroadcastBlockTransactions']);
    for (const [node, other] of [
      [a, b],
      [b, a],
    ] as const)
      await assertPeer(node, other, GOOD);
  });

  simulated('goes on to the peers of a peer, and each is told once', async (world) => {
    const [a, b, c] = [await world.start('a'), await world.start('b'), await world.start('c')];
    for (const [node, others] of [
      [a, [b]],
      [b, [a, c]],
      [c, [b]],
    ] as const)
      await node.addPeers(others);
    const told = [blocksTold(world, a, b), blocksTold(world, b, c), blocksTold(world, b, a), blocksTold(world, c, b)];
    await pay(world, a, 0, 20);
    await a.mine();
    assert.ok(await agree([a, b, c], 1));
    assert.deepEqual(told, [['ReceiveBroadcastCompactBlock'], ['ReceiveBroadcastCompactBlock'], [], []]);
  });
});
