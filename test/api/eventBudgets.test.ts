import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUDGETS } from '../../src/graphql/limits.js';
import { follow, type Follower, forwardedClient } from './streamClients.js';
import { testServer } from './testServer.js';

const STRANGER = { 'x-forwarded-for': '198.51.100.7' };
const NEIGHBOUR = { 'x-forwarded-for': '198.51.100.8' };

/** A node behind one proxy, with a clock that a test moves. */
async function metered() {
  const clock = { ms: 0 };
  return { ...(await testServer({}, { trustProxy: { hops: 1 } }, {}, () => clock.ms)), clock };
}

describe('what a subscriber may spend', () => {
  it('threat dear-events: counts each event of a subscription, and puts off what cannot be paid, with nothing missing', async () => {
    const { url, budgets, clock, mine } = await metered();
    const query = `subscription { blockAdded(afterHeight: -1) { height transactions(first: 100) { nodes { hash: id memo nonce fee amount } } } }`;
    const begin = (headers: Record<string, string>) => follow(forwardedClient(url, headers), query);
    const height = async (follower: Follower) => ((await follower.next('blockAdded')) as { height: number }).height;
    const stranger = begin(STRANGER);
    const budget = budgets.ofAddress('198.51.100.7')!;
    assert.equal(await height(stranger), 0);
    const price = 5 * BUDGETS.cost.perSecond - budget.left('cost');
    assert.ok(price > 1_000, `${price}`);
    await mine();
    assert.equal(await height(stranger), 1);
    assert.equal(
      budget.left('cost'),
      5 * BUDGETS.cost.perSecond - 2 * price,
      'the first one is paid with the subscription',
    );

    budget.spend('cost', budget.left('cost') - 1.5 * price);
    for (let count = 0; count < 5; count++) await mine();
    assert.deepEqual([await height(stranger), await height(stranger)], [2, 3]);
    let isPutOff = true;
    const fourth = height(stranger).finally(() => (isPutOff = false));
    const neighbour = begin(NEIGHBOUR);
    for (let next = 0; next <= 6; next++) assert.equal(await height(neighbour), next);
    assert.ok(isPutOff);
    clock.ms += 1_000;
    assert.deepEqual([await fourth, await height(stranger), await height(stranger)], [4, 5, 6]);
  });

  it('counts the bytes of an event stream, as of other answers', async () => {
    const { url, budgets } = await metered();
    const reply = await fetch(`${url}/stream`, {
      method: 'POST',
      headers: { ...STRANGER, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { blockAdded(afterHeight: -1) { hash } }' }),
    });
    const budget = budgets.ofAddress('198.51.100.7')!;
    const before = budget.left('bytes');
    const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('blockAdded')) text += (await reader.read()).value ?? '';
    await reader.cancel();
    assert.ok(budget.left('bytes') <= 5 * BUDGETS.bytes.perSecond - text.length, `${before} ${budget.left('bytes')}`);
  });
});
