import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { COIN } from '../../src/consensus/network.js';
import { STARTING_BALANCE, testAccount, transfer } from '../support/blocks.js';
import { simulated, type Simulation } from '../support/simulation.js';
import { GOOD, assertAgreement, assertPeer } from '../support/simulationAgreement.js';
import type { SimulatedNode } from '../support/simulationNode.js';

/** A transfer and some blocks, ten times. */
async function makeHistory({ network }: Simulation, node: SimulatedNode, height: number): Promise<void> {
  for (let nonce = 0; nonce < 10; nonce++) {
    const payment = { network, from: testAccount(0), to: testAccount(1), amount: COIN, nonce };
    await node.add(transfer(payment));
    await node.mine(height / 10);
  }
}

describe('a late joiner', () => {
  simulated('has the whole chain and what is pending without a block being mined', async (world) => {
    const [a, b] = await world.startAll('a', 'b');
    await makeHistory(world, a, 70);
    const { network } = world;
    const waiting = transfer({ network, from: testAccount(2), to: testAccount(3), amount: COIN, nonce: 0 });
    await b.add(waiting);
    const late = await world.start('late');
    await late.addPeers([a, b]);
    const [payer, receiver] = await assertAgreement([a, b, late], 70);
    assert.equal(payer, STARTING_BALANCE - 10n * COIN);
    assert.equal(receiver, STARTING_BALANCE + 10n * COIN);
    for (const peer of [a, b]) await assertPeer(late, peer, GOOD);

    await b.addPeers([late]);
    assert.equal(await late.pending(), 1);
    await late.mine();
    await assertAgreement([a, b, late], 71);
  });
});
