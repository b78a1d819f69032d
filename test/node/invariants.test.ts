import assert from 'node:assert/strict';
import { it } from 'node:test';
import { InvariantError } from '../../src/util/invariant.js';
import { testNetwork } from '../support/blocks.js';
import type { LogLine } from '../support/logger.js';
import { startTestNode } from '../support/node.js';

it('a node whose balances would not add up any more writes nothing, and has to be stopped', async () => {
  // A bug, as the node would have one: after the first block it pays another subsidy than before.
  const network = { ...testNetwork() };
  const log: LogLine[] = [];
  const node = await startTestNode({ network, log });
  const mine = 'mutation { mineBlocks(count: 1) { __typename } }';
  const where = '{ chain { height supply tip { hash } } }';
  await node.admin(mine);
  const before = await node.ask(where);
  network.subsidy += 1n;
  await assert.rejects(node.admin(mine), /INTERNAL_SERVER_ERROR/);
  assert.ok((await node.damage) instanceof InvariantError);
  network.subsidy -= 1n;
  await assert.rejects(node.admin(mine), /INTERNAL_SERVER_ERROR/);
  assert.deepEqual(await node.ask(where), before);
  assert.match(JSON.stringify(log), /balances at height 2, about to be written: expected a sum of/);
  await node.close();
  // What is on disk is good.
  const again = await startTestNode({ network: testNetwork(), data: node.data });
  assert.deepEqual(await again.ask(where), before);
});
