import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testNetwork } from '../support/blocks.js';
import { eventually, startTestNode, type TestNode } from '../support/node.js';
import { ADD_PEER, CHAIN, MINE } from '../support/operations.js';

const network = testNetwork();

interface State {
  readonly chain: { readonly height: number; readonly tip: { readonly hash: string } };
}

async function connect(a: TestNode, b: TestNode): Promise<void> {
  await a.admin(ADD_PEER, { url: b.url });
  await b.admin(ADD_PEER, { url: a.url });
}

async function agree(nodes: readonly TestNode[], height: number): Promise<void> {
  await eventually(
    () => Promise.all(nodes.map((node) => node.ask<State>(CHAIN))),
    (states) => states.every(({ chain }) => chain.height === height && chain.tip.hash === states[0]!.chain.tip.hash),
  );
}

describe('nodes that find each other', () => {
  it('a late joiner fetches the chain', async () => {
    const old = await startTestNode({ network });
    await old.admin(MINE, { count: 30 });
    const late = await startTestNode({ network });
    await late.admin(ADD_PEER, { url: old.url });
    await agree([old, late], 30);
  });

  it('a block whose parent is unknown is fetched with its ancestors', async () => {
    const [one, two] = [await startTestNode({ network }), await startTestNode({ network })];
    await one.admin(MINE, { count: 3 });
    await connect(one, two);
    await one.admin(MINE);
    await agree([one, two], 4);
  });

  it('two that mined apart agree on the heavier branch', async () => {
    const [light, heavy] = [await startTestNode({ network }), await startTestNode({ network })];
    await light.admin(MINE, { count: 3 });
    await heavy.admin(MINE, { count: 5 });
    const before = await heavy.ask<State>(CHAIN);
    await connect(light, heavy);
    await agree([light, heavy], 5);
    assert.equal((await light.ask<State>(CHAIN)).chain.tip.hash, before.chain.tip.hash);
  });

  it('resolveConflicts asks every peer, replaces the lighter branch and reports the changes', async () => {
    const [light, heavy] = [await startTestNode({ network }), await startTestNode({ network })];
    await light.admin(MINE, { count: 1 });
    // As much work: neither fetches, and neither is offered, the other's branch.
    await heavy.admin(MINE, { count: 1 });
    await light.admin(ADD_PEER, { url: heavy.url });
    await heavy.admin(MINE, { count: 2 });
    const { resolveConflicts } = await light.admin<{
      resolveConflicts: { replaced: boolean; asked: unknown[]; tip: { height: number }; reorganization: unknown };
    }>(
      'mutation { resolveConflicts { replaced asked { url } tip { height } reorganization { disconnected connected } } }',
    );
    assert.equal(resolveConflicts.asked.length, 1);
    assert.equal(resolveConflicts.replaced, true);
    assert.equal(resolveConflicts.tip.height, 3);
    assert.deepEqual(resolveConflicts.reorganization, { disconnected: 1, connected: 3 });
  });

  it('a restarted node without peers catches up by a peer that no other node can reach', async () => {
    const [reachable, hidden] = [await startTestNode({ network }), await startTestNode({ network })];
    await hidden.admin(ADD_PEER, { url: reachable.url });
    await hidden.admin(MINE, { count: 3 });
    await agree([reachable, hidden], 3);
    const { port } = new URL(reachable.url);
    await reachable.close();
    await hidden.admin(MINE, { count: 16 });
    const again = await startTestNode({ network, data: reachable.data, port: Number(port) });
    await agree([again, hidden], 19);
  });

  it('peers survive a restart', async () => {
    const [one, two] = [await startTestNode({ network }), await startTestNode({ network })];
    await one.admin(ADD_PEER, { url: two.url });
    await one.close();
    const again = await startTestNode({ network, data: one.data });
    const peers = async () =>
      (await again.ask<{ peers: { url: string; status: string }[] }>('{ peers { url status } }')).peers;
    assert.deepEqual(
      (await peers()).map(({ url }) => url),
      [two.url],
    );
    await eventually(peers, ([peer]) => peer?.status === 'CONNECTED');
  });
});
