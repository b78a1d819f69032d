import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import { FakeClient, network, testPeers } from './fakeClient.js';

describe('a peer of the settings that is of another chain', () => {
  it('stays INCOMPATIBLE, is reported once, and asked ever more rarely until it has the right one', async () => {
    const client = new FakeClient('a');
    const { peers, open, disk, clock, lines } = testPeers([client]);
    const foreign = '1'.repeat(64);
    client.answer = { chainId: foreign };
    const { status, lastError } = await peers.add(client.url, { keepsForeign: true });
    const reason = `expected a node of chain ${toHex(network.chainId)}, got one of ${foreign}`;
    assert.deepEqual([status, lastError, disk.has(client.url), client.closed], ['INCOMPATIBLE', reason, true, false]);
    const state = peers.all()[0]!;
    const pauses: number[] = [];
    for (let count = 0; count < 5; count++) {
      pauses.push(state.nextHandshake - clock.elapsed);
      clock.elapsed = state.nextHandshake;
      await peers.tick();
    }
    assert.deepEqual(pauses, [5_000, 10_000, 20_000, 40_000, 60_000]);
    const warned = lines.filter(({ msg }) => msg === 'peer refused');
    assert.deepEqual(
      warned.map((line) => [line['peer'], line['reason']]),
      [[client.url, reason]],
    );
    assert.equal(state.standing, 0);
    assert.deepEqual(
      open()
        .list()
        .map(({ url }) => url),
      [client.url],
    );
    client.answer = {};
    clock.elapsed = state.nextHandshake;
    await peers.tick();
    assert.deepEqual([state.status, state.lastError], ['CONNECTED', undefined]);
    assert.equal(state.nextHandshake - clock.elapsed, 5_000);
  });
});
