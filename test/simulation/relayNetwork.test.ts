import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RelayNetwork, type RelayNetworkOptions } from '../support/relayNetwork.js';

const figures = (options: RelayNetworkOptions) => new RelayNetwork(options).run();
const EIGHT = { nodes: 8, peers: 7, transactions: 50 };
const MANY = { nodes: 300, peers: 8, transactions: 3 };

describe('transactions that go to some peers as a whole, and to the others by their ids', () => {
  it('reach everybody, with at most 3 copies a node, in at most twice the time that they take as a whole to all', async () => {
    for (const size of [EIGHT, MANY]) {
      const [whole, ids] = [await figures({ ...size, wholeCopies: Infinity }), await figures(size)];
      assert.ok(ids.copies <= 3, `${ids.copies} copies`);
      assert.ok(whole.copies > 6, `${whole.copies} copies`);
      assert.ok(ids.reachedMs <= 2 * whole.reachedMs, `${ids.reachedMs} ms beside ${whole.reachedMs} ms`);
      assert.ok(ids.bytes < whole.bytes, `${ids.bytes} bytes beside ${whole.bytes}`);
      assert.deepEqual([whole.lost, ids.lost], [0, 0]);
    }
  });

  it('go as a whole among three nodes', async () => {
    const three = { nodes: 3, peers: 2, transactions: 20 };
    assert.deepEqual(await figures(three), await figures({ ...three, wholeCopies: Infinity }));
  });

  it('are not lost where a fifth of the nodes is silent, or announces everything and brings nothing', async () => {
    for (const size of [EIGHT, MANY]) {
      for (const fifth of ['silent', 'liar'] as const) assert.equal((await figures({ ...size, fifth })).lost, 0, fifth);
    }
  });

  it('take the same ways in every run', async () => {
    assert.deepEqual(await figures(EIGHT), await figures(EIGHT));
  });
});
