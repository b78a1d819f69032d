import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testAccount, transfer } from '../support/blocks.js';
import { transactionInput } from '../support/node.js';
import { ADD, MINE } from '../support/operations.js';
import { Simulation, simulated } from '../support/simulation.js';
import { idle } from '../support/simulationIdle.js';

describe('a simulation', () => {
  simulated('is idle when commits and threads have ended, without waiting for any of them by name', async (world) => {
    const { network } = world;
    const node = await world.start('a');
    const t = transactionInput(
      network,
      transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 }),
    );
    const added = node.ask(ADD, { t });
    await idle();
    assert.equal(await node.pending(), 1);
    const mined = node.ask(MINE, { count: 10 });
    await idle();
    assert.equal((await node.tip()).height, 10);
    await Promise.all([added, mined]);
  });

  simulated('runs what is due in the order of its times, each to its end', async (world) => {
    const seen: [string, number][] = [];
    const never = new AbortController().signal;
    const started = world.clock.now();
    const told = (what: string) => seen.push([what, world.clock.now() - started]);
    const chain = async () => {
      await world.clock.sleep(150, never);
      told('first sleep');
      await world.clock.sleep(60, never);
      told('second sleep');
    };
    world.clock.deadline(200).addEventListener('abort', () => told('deadline'));
    const stop = world.clock.every(100, () => told('every'));
    void chain();
    await world.advance(310);
    stop();
    await world.advance(1_000);
    assert.deepEqual(seen, [
      ['every', 100],
      ['first sleep', 150],
      ['deadline', 200],
      ['every', 200],
      ['second sleep', 210],
      ['every', 300],
    ]);
  });

  it('has the same chances for the same seed', () => {
    const numbers = (seed: number) => Array.from({ length: 5 }, new Simulation(seed).random);
    assert.deepEqual(numbers(1), numbers(1));
    assert.notDeepEqual(numbers(1), numbers(2));
    assert.ok(numbers(3).every((number) => number >= 0 && number < 1));
  });
});
