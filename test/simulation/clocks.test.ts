import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { simulated } from '../support/simulation.js';
import { GOOD, agree, assertPeer } from '../support/simulationAgreement.js';
import type { SimulatedNode } from '../support/simulationNode.js';

/** A node's report of its clock. */
function toldOfClock(node: SimulatedNode): object[] {
  return node.lines
    .filter(({ msg }) => msg?.startsWith('the clock went '))
    .map(({ msg, seconds }) => ({ way: msg?.split(' ')[3], seconds }));
}

describe('a node whose clock is set', () => {
  simulated('back to the right time retries and greets its peers as if nothing had happened', async (world) => {
    const [up, down] = [await world.start('up'), await world.start('down')];
    const node = await world.start('node', 'off', 2 * HOUR_MS);
    world.partition([node], [down]);
    await node.addPeers([up, down]);
    await world.advance(30_000);
    await assertPeer(node, up, GOOD);
    node.clock.step(-2 * HOUR_MS);
    await up.mine(3);
    world.partition([node], [down], false);
    // The longest pauses there are: between handshakes, and between retries after half a minute.
    await world.until(7_000, () => agree([up, node], 3));
    await assertPeer(node, down, GOOD);
    assert.deepEqual(toldOfClock(node), [{ way: 'back:', seconds: -7_200 }]);
  });

  for (const [way, step] of [
    ['back:', -24],
    ['forward:', 24],
  ] as const) {
    simulated(`a day ${way.slice(0, -1)} finds a peer that comes back within the usual time`, async (world) => {
      const [node, other] = [await world.start('node'), await world.start('other')];
      await node.addPeers([other]);
      await world.advance(60_000);
      world.partition([node], [other]);
      node.clock.step(step * HOUR_MS);
      await world.advance(60_000);
      assert.equal((await node.peer(other)).status, 'UNREACHABLE');
      await other.mine(2);
      world.partition([node], [other], false);
      await world.until(6_000, async () => (await node.peer(other)).status === 'CONNECTED');
      assert.deepEqual(toldOfClock(node), [{ way, seconds: step * 3_600 }]);
    });
  }
});

const HOUR_MS = 3_600_000;
