import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BAN_MS, BAN_STANDING, PeerError, type PeerMisdeed, penaltyOf } from '../../src/peers/standing.js';
import { onePeer } from './fakeClient.js';

describe('standing', () => {
  const penalties: Record<PeerMisdeed, [least: number, most: number]> = {
    invalidBlock: [100, 100],
    wrongBody: [25, 100],
    invalidTransaction: [20, 50],
    claimedWork: [10, 50],
    malformed: [5, 25],
    timedOut: [1, 5],
    unreachable: [0, 1],
    staleView: [0, 0],
    tooEarly: [0, 0],
  };
  for (const [misdeed, [least, most]] of Object.entries(penalties) as [PeerMisdeed, [number, number]][]) {
    it(`${misdeed} costs ${least} to ${most}`, () => {
      const penalty = penaltyOf(misdeed);
      assert.ok(penalty >= least && penalty <= most, `${penalty}`);
    });
  }

  it('at BAN_STANDING is a ban of an hour, which is kept on disk and ends', async () => {
    const { peers, client, state, disk, open, clock } = await onePeer();
    peers.blame(state, 'wrongBody', 'one');
    assert.equal(state.status, 'CONNECTED');
    peers.blame(state, 'wrongBody', 'two');
    assert.deepEqual([state.status, state.standing], ['BANNED', BAN_STANDING]);
    assert.equal(disk.get(client.url)!.bannedUntil, clock.date + clock.elapsed + BAN_MS);
    const again = open();
    clock.elapsed += BAN_MS - 1;
    await again.tick();
    assert.deepEqual([again.list()[0]!.status, client.handshakes], ['BANNED', 1]);
    clock.elapsed += 1;
    await again.tick();
    assert.deepEqual([again.list()[0]!.status, again.list()[0]!.standing], ['CONNECTED', 0]);
  });

  it('a ban lasts as long when somebody sets the date, and after a restart never longer than it was to be', async () => {
    const { peers, state, open, clock } = await onePeer();
    peers.blame(state, 'invalidBlock', 'test');
    clock.date -= 365 * 86_400_000;
    const running = [peers, open()];
    clock.elapsed += BAN_MS - 1;
    for (const set of running) {
      await set.tick();
      assert.equal(set.list()[0]!.status, 'BANNED');
    }
    clock.elapsed += 1;
    for (const set of running) {
      await set.tick();
      assert.equal(set.list()[0]!.status, 'CONNECTED');
    }
  });

  it('a ban is not lifted by an answer that was under way when it began', async () => {
    const { peers, client, state } = await onePeer();
    let answer!: () => void;
    client.greet = () => new Promise((resolve) => (answer = resolve));
    const greeting = peers.greet(state);
    peers.blame(state, 'invalidBlock', 'test');
    peers.succeeded(state, 1);
    client.answer = { chainId: '1'.repeat(64) };
    answer();
    await greeting;
    assert.equal(state.status, 'BANNED');
  });

  it('is not lost by silence, and comes back with useful answers, one a minute: handshakes earn nothing', async () => {
    const { peers, client, clock, state } = await onePeer();
    client.greet = () => Promise.reject(new PeerError('timedOut', 'silent'));
    for (let i = 0; i < 20; i++) {
      clock.elapsed = state.nextHandshake;
      await peers.tick();
    }
    for (let i = 0; i < 30; i++) peers.succeeded(state, 1);
    assert.equal(state.standing, -20);
    for (let i = 0; i < 30; i++) peers.useful(state);
    assert.equal(state.standing, -19);
    for (let i = 0; i < 30; i++) {
      clock.elapsed += 60_000;
      peers.useful(state);
    }
    assert.equal(state.standing, 0);
  });
});
