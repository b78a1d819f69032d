import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { COIN } from '../../src/consensus/network.js';
import { simulated } from '../support/simulation.js';
import { assertAgreement, assertPeer } from '../support/simulationAgreement.js';

describe('two miners', () => {
  simulated('far apart fork now and then, and agree on one chain that pays both', async (world) => {
    const [a, b] = [await world.start('a', 5), await world.start('b', 7)];
    for (const [from, to] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      world.transport.link(from, to).delayMs = 800;
    }
    await a.addPeers([b]);
    await b.addPeers([a]);
    // Every 35 s both find a block in the same moment, and now and then one within the way of the other's.
    await world.advance(240_000);
    for (const node of [a, b]) await node.ask('mutation { stopMining { id } }');
    await world.advance(10_000);
    // A tie stays open until the next block.
    await a.mine();
    await world.advance(10_000);
    const balances = await assertAgreement([a, b], (await a.tip()).height);
    const forks = [a, b].flatMap(({ lines }) => lines.filter(({ msg }) => msg === 'best chain reorganized'));
    assert.ok(forks.length >= 2, `${forks.length} reorganizations`);
    for (const { miner } of [a, b]) assert.ok(balances[miner]! >= 100n * COIN, `${balances[miner]}`);
    await assertPeer(a, b, { status: 'CONNECTED', standing: 0 });
    await assertPeer(b, a, { status: 'CONNECTED', standing: 0 });
  });
});
