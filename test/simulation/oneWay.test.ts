import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { testAccount, transfer } from '../support/blocks.js';
import { simulated, type Simulation } from '../support/simulation.js';
import { agree, assertAgreement } from '../support/simulationAgreement.js';

interface Status {
  readonly nodeInfo: { readonly sync: { readonly status: string; readonly reason: string | null } };
}

const STATUS = '{ nodeInfo { sync { status reason } } }';
/** Until the next handshake of the node that can reach the other, and some. */
const SECONDS_MS = 8_000;

/** A node that others can reach and that has no peer, and one whose only peer it is: behind NAT, or without a public URL. */
async function oneWay(world: Simulation) {
  const reachable = await world.start('reachable');
  const hidden = await world.start('hidden');
  return { reachable, hidden };
}

describe('a node that can be reached, with a peer that cannot', () => {
  simulated('gets the blocks that it missed, within seconds and without a new one', async (world) => {
    const { reachable, hidden } = await oneWay(world);
    await hidden.addPeers([reachable]);
    await hidden.mine(3);
    await world.until(SECONDS_MS, () => agree([reachable, hidden], 3));
    world.transport.link('hidden', 'reachable').cut = true;
    await hidden.mine(16);
    await world.advance(10_000);
    world.transport.link('hidden', 'reachable').cut = false;
    await world.until(SECONDS_MS, () => agree([reachable, hidden], 19));
    await assertAgreement([reachable, hidden], 19);
    const { nodeInfo } = await reachable.ask<Status>(STATUS);
    assert.deepEqual(nodeInfo.sync, { status: 'SYNCED', reason: null });
  });

  simulated('and a block that arrives without its ancestors brings them at once', async (world) => {
    const { reachable, hidden } = await oneWay(world);
    await hidden.addPeers([reachable]);
    const third = await world.start('third');
    await third.mine(5);
    // A download connects blocks together, and only the last is announced.
    await hidden.addPeers([third]);
    await world.until(0, () => agree([reachable, hidden, third], 5));
    const declined = hidden.lines.filter(({ msg }) => msg === 'block declined, resolving needed');
    assert.deepEqual(
      declined.map(({ peer, code }) => [peer, code]),
      [[reachable.url, 'UNKNOWN_PARENT']],
    );
    await assertAgreement([reachable, hidden, third], 5);
  });

  simulated('takes the heavier branch: 7 blocks against its own 2', async (world) => {
    const { reachable, hidden } = await oneWay(world);
    await reachable.mine(2);
    await hidden.mine(7);
    await hidden.addPeers([reachable]);
    await world.until(SECONDS_MS, () => agree([reachable, hidden], 7));
    await assertAgreement([reachable, hidden], 7);
    const line = reachable.lines.find(({ msg }) => msg === 'best chain reorganized');
    assert.deepEqual([line?.['disconnected'], line?.['connected'], line?.['forkHeight']], [2, 7, 0]);
  });

  simulated('keeps its own branch where it has more work, and the hidden one takes it', async (world) => {
    const { reachable, hidden } = await oneWay(world);
    await reachable.mine(7);
    await hidden.mine(2);
    await hidden.addPeers([reachable]);
    await world.until(SECONDS_MS, () => agree([reachable, hidden], 7));
  });

  simulated('has its payments mined by the hidden one, and gets those of the hidden one', async (world) => {
    const { reachable, hidden } = await oneWay(world);
    const { network } = world;
    const pay = (account: number) =>
      transfer({ network, from: testAccount(account), to: testAccount(3), amount: 1n, nonce: 0 });
    await reachable.add(pay(0));
    await hidden.add(pay(1));
    await hidden.addPeers([reachable]);
    await reachable.add(pay(2));
    await world.advance(SECONDS_MS);
    assert.deepEqual([await reachable.pending(), await hidden.pending()], [3, 3]);
    await hidden.mine();
    await assertAgreement([reachable, hidden], 1);
    assert.deepEqual([await reachable.pending(), await hidden.pending()], [0, 0]);
  });

  simulated('whose clock is slow says so, and follows once it is set', async (world) => {
    const reachable = await world.start('reachable', 'off', -10 * 60_000);
    const hidden = await world.start('hidden');
    await hidden.mine(5);
    await hidden.addPeers([reachable]);
    await world.advance(SECONDS_MS);
    const { nodeInfo } = await reachable.ask<Status>(STATUS);
    assert.equal(nodeInfo.sync.status, 'BEHIND');
    assert.match(nodeInfo.sync.reason!, /^block 1 is 10 min ahead of this clock: check the clock$/);
    reachable.clock.step(10 * 60_000);
    await world.until(70_000, () => agree([reachable, hidden], 5));
  });
});
