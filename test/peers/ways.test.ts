import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sha256 } from '../../src/crypto/hash.js';
import type { PeerState } from '../../src/peers/peerState.js';
import { Ways } from '../../src/peers/relay/ways.js';
import { randomNumbers } from '../support/randomNumbers.js';

const ACCOUNTS = Array.from({ length: 400 }, (_, index) => sha256(Uint8Array.of(index >> 8, index & 255)));
const peersOf = (origin: PeerState['origin'], count: number) =>
  Array.from({ length: count }, () => ({ origin }) as PeerState);

function ways(seed = 1) {
  const clock = { elapsed: 0 };
  return { clock, ways: new Ways(3, { clock: { elapsed: () => clock.elapsed }, random: randomNumbers(seed) }) };
}

describe('the peers that get a transaction as a whole', () => {
  it('are three, or two beside its giver, or all where there are no more', () => {
    const { ways: three } = ways();
    const peers = peersOf('chosen', 8);
    assert.equal(three.choose(peers, ACCOUNTS[0]!, false).size, 3);
    assert.equal(three.choose(peers, ACCOUNTS[0]!, true).size, 2);
    assert.deepEqual([...three.choose(peers.slice(0, 3), ACCOUNTS[0]!, false)], peers.slice(0, 3));
  });

  it('are the same for an account for a minute, so that nonces come in order, and others then', () => {
    const { ways: three, clock } = ways();
    const peers = peersOf('chosen', 8);
    const chosen = () =>
      ACCOUNTS.map((account) => [...three.choose(peers, account, false)].map((p) => peers.indexOf(p)));
    const before = chosen();
    clock.elapsed = 59_999;
    assert.deepEqual(chosen(), before);
    clock.elapsed = 60_000;
    const after = chosen();
    assert.ok(after.filter((list, index) => String(list) !== String(before[index])).length > 300);
  });

  it('are each as often chosen as the others, and nobody can tell which without the node’s own lots', () => {
    const peers = peersOf('operator', 8);
    const counts = (seed: number) => {
      const { ways: three } = ways(seed);
      const chosen = ACCOUNTS.flatMap((account) => [...three.choose(peers, account, false)]);
      return peers.map((peer) => chosen.filter((one) => one === peer).length);
    };
    for (const count of counts(1)) assert.ok(count > 100 && count < 200, `${count} of 400`);
    assert.notDeepEqual(counts(1), counts(2));
  });

  it('threat crowded-ways: are those that made themselves known only where no others are left', () => {
    const { ways: three } = ways();
    const [chosen, announced] = [peersOf('chosen', 3), peersOf('announced', 100)];
    for (const account of ACCOUNTS)
      assert.deepEqual(new Set(chosen), three.choose([...announced, ...chosen], account, false));
    const two = three.choose([...announced, ...chosen.slice(0, 2)], ACCOUNTS[0]!, false);
    assert.equal([...two].filter(({ origin }) => origin === 'announced').length, 1);
  });
});
