import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { simulated, type Simulation } from '../support/simulation.js';
import { GOOD, agree, assertAgreement, assertPeer } from '../support/simulationAgreement.js';
import { dripping, nth, only, resetHalfway, silentHalfway } from '../support/simulationFaults.js';
import type { Fault } from '../support/simulationTransport.js';

const BODIES = ['BlocksByHash'];
const DOWNLOAD = ['HeadersAfter', 'BlocksByHash'];
/** One window of bodies, and some. */
const HEIGHT = 70;
/** Until the next handshake: 5 s, up to a quarter more, and the rest of a second. Then until the download gives up a peer that keeps it waiting. */
const HANDSHAKE_MS = 7_000;
const PATIENCE_MS = 3_000;
const DEADLINE_MS = 30_000;
/** Of the only peer, after its first failure. */
const REST_MS = 4_000;
/** Simulations look once a second. */
const SECOND = 1_000;

/** A node whose peers are some blocks ahead since its last handshake, one of them behind a faulty link. */
async function fallenBehind(world: Simulation, fault: Fault, height = HEIGHT) {
  const [good, slow] = await world.startAll('good', 'slow');
  const late = await world.start('late');
  await late.addPeers([slow, good]);
  await good.mine(height);
  await world.until(SECOND, () => agree([good, slow], height));
  assert.equal((await late.tip()).height, 0);
  world.transport.link('late', 'slow').fault = fault;
  return { good, slow, late };
}

describe('a peer that stops in the middle of an answer', () => {
  for (const [how, fault, told, standing] of [
    ['resets the connection', resetHalfway, /^peer unreachable: the connection was reset$/, 0],
    ['falls silent', silentHalfway, /^peer unreachable: expected an answer before the deadline/, -1],
  ] as const) {
    simulated(`and ${how} is given up for another`, async (world) => {
      const { good, slow, late } = await fallenBehind(world, only(BODIES, fault));
      await world.until(HANDSHAKE_MS + PATIENCE_MS + SECOND, () => agree([late, good], HEIGHT));
      await assertAgreement([late, good, slow], HEIGHT);
      await world.advance(DEADLINE_MS + HANDSHAKE_MS);
      // Silence costs a point, and handshakes do not give it back.
      await assertPeer(late, slow, { status: 'CONNECTED', standing });
      assert.equal(late.blames(slow).length, 1);
      assert.match(late.blames(slow)[0]!, told);
      await assertPeer(late, good, GOOD);
      assert.deepEqual(late.blames(good), []);
    });

    simulated(`and ${how} is the only one: the download goes on where it ended`, async (world) => {
      const secondBodies = only(BODIES, nth(2, fault));
      const asked: string[] = [];
      const { good, slow, late } = await fallenBehind(
        world,
        only(DOWNLOAD, (answer) => {
          asked.push(answer.operation);
          return secondBodies(answer);
        }),
      );
      world.partition([late], [good]);
      await world.advance(HANDSHAKE_MS);
      assert.equal((await late.tip()).height, 64);
      await world.until(DEADLINE_MS + REST_MS + HANDSHAKE_MS, () => agree([late, slow], HEIGHT));
      await assertAgreement([late, good, slow], HEIGHT);
      const first = ['HeadersAfter', 'BlocksByHash', 'BlocksByHash'];
      assert.deepEqual(asked, [...first, 'HeadersAfter', 'BlocksByHash']);
      await assertPeer(late, slow, GOOD);
      assert.match(late.blames(slow)[0]!, told);
    });
  }
});

describe('a peer that is the first one to answer a joiner', () => {
  simulated('and falls silent holds it up for one deadline, and no longer', async (world) => {
    const [good, slow] = await world.startAll('good', 'slow');
    await good.mine(5);
    const late = await world.start('late');
    world.transport.link('late', 'slow').fault = only(BODIES, silentHalfway);
    await late.addPeers([slow, good]);
    await world.until(DEADLINE_MS + HANDSHAKE_MS + SECOND, () => agree([late, good], 5));
    await assertAgreement([late, good, slow], 5);
    await assertPeer(late, good, GOOD);
  });
});

describe('a peer that answers one byte a second', () => {
  simulated('to everything is soon asked for handshakes only, and delays nobody', async (world) => {
    const { good, slow, late } = await fallenBehind(world, dripping, 5);
    await world.until(HANDSHAKE_MS + PATIENCE_MS + SECOND, () => agree([late, good], 5));
    await assertAgreement([late, good, slow], 5);
    await world.advance(60_000);
    await good.mine();
    await world.until(HANDSHAKE_MS, () => agree([late, good], 6));
    const { status, standing } = await late.peer(slow);
    assert.equal(status, 'UNREACHABLE');
    assert.ok(standing <= -3, `${standing}`);
    assert.match(late.blames(slow)[0]!, /^peer unreachable: expected an answer before the deadline/);
    await assertPeer(late, good, GOOD);
  });

  simulated('to the question for bodies loses its share to the others', async (world) => {
    const { good, slow, late } = await fallenBehind(world, only(BODIES, dripping));
    await world.until(HANDSHAKE_MS + PATIENCE_MS + SECOND, () => agree([late, good], HEIGHT));
    await assertAgreement([late, good, slow], HEIGHT);
    await assertPeer(late, good, GOOD);
  });

  simulated('to the question for headers holds the download up for one deadline', async (world) => {
    const { good, slow, late } = await fallenBehind(world, only(['HeadersAfter'], dripping), 5);
    await world.until(HANDSHAKE_MS + DEADLINE_MS + SECOND, () => agree([late, good], 5));
    await assertAgreement([late, good, slow], 5);
    await assertPeer(late, good, GOOD);
  });
});
