import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PeerRefusedError } from '../../src/peers/peer.js';
import { MAX_PEERS } from '../../src/peers/peerSet.js';
import { PeerError } from '../../src/peers/standing.js';
import { FakeClient, onePeer, OWN_ID, OWN_INSTANCE, settled, testPeers, unreachable } from './fakeClient.js';

const refusedWith = (code: PeerRefusedError['code']) => (error: unknown) =>
  error instanceof PeerRefusedError && error.code === code;

describe('adding a peer', () => {
  it('greets it and keeps it, once, under one name', async () => {
    const client = new FakeClient('a');
    const { peers, disk } = testPeers([client]);
    client.answer = { height: 12, version: '3' };
    const peer = await peers.add('http://PEER-a.test');
    assert.deepEqual([peer.url, peer.status, peer.height, peer.version], [client.url, 'CONNECTED', 12, '3']);
    await peers.add(client.url);
    assert.deepEqual(
      peers.list().map(({ url }) => url),
      [client.url],
    );
    assert.deepEqual([...disk.keys()], [client.url]);
    assert.equal(peers.byId(client.id)?.url, client.url);
  });

  it('that does not answer keeps it as UNREACHABLE', async () => {
    const client = new FakeClient('a');
    const { peers, disk } = testPeers([client]);
    client.greet = unreachable;
    assert.equal((await peers.add(client.url)).status, 'UNREACHABLE');
    assert.deepEqual([...disk.keys()], [client.url]);
  });

  for (const [code, name, answer] of [
    ['SELF', 'this node itself', { id: OWN_ID, instance: OWN_INSTANCE }],
    ['COPIED_KEY', 'another node with a copy of its own key', { id: OWN_ID }],
    ['WRONG_CHAIN', 'a node of another chain', { chainId: '1'.repeat(64) }],
    ['WRONG_CHAIN', 'a node of another protocol version', { protocolVersion: 2 }],
  ] as const) {
    it(`refuses ${name} and keeps nothing`, async () => {
      const client = new FakeClient('a');
      const { peers, disk } = testPeers([client]);
      await peers.add(client.url);
      await peers.remove(client.url);
      client.answer = answer;
      const twice = await Promise.allSettled([peers.add(client.url), peers.add(client.url)]);
      for (const result of twice) assert.ok(result.status === 'rejected' && refusedWith(code)(result.reason));
      assert.deepEqual([peers.list(), disk.size, client.closed], [[], 0, true]);
    });
  }

  it('refuses one more than MAX_PEERS, but not one of the present peers', async () => {
    const { peers, lines } = testPeers([]);
    for (let i = 0; i < MAX_PEERS; i++) await peers.add(`http://peer.test:${1000 + i}`);
    await assert.rejects(peers.add('http://peer.test:999'), refusedWith('PEER_LIMIT'));
    assert.deepEqual([lines.at(-1)?.msg, lines.at(-1)?.['peer']], ['peer refused', 'http://peer.test:999/graphql']);
    await peers.add('http://peer.test:1000');
    assert.equal(peers.list().length, MAX_PEERS);
  });

  it('refuses a malformed URL', async () => {
    const { peers } = await onePeer();
    await assert.rejects(peers.add('nowhere'), RangeError);
  });

  it('that is banned ends its ban: its operator has seen to it', async () => {
    const { peers, client, state, disk } = await onePeer();
    peers.blame(state, 'invalidBlock', 'test');
    const { status, standing, bannedUntil, lastError } = await peers.add(client.url);
    assert.deepEqual([status, standing, bannedUntil, lastError], ['CONNECTED', 0, undefined, undefined]);
    assert.equal(disk.get(client.url)!.bannedUntil, undefined);
  });
});

describe('greeting a peer', () => {
  it('sends nothing to one that is banned, whatever asks for it', async () => {
    const { peers, client, state } = await onePeer();
    peers.blame(state, 'invalidBlock', 'test');
    client.greet = () => assert.fail('expected no handshake');
    await peers.greet(state);
    assert.equal(state.status, 'BANNED');
  });
});

describe('removing a peer', () => {
  it('forgets it here and on disk, and says whether there was one', async () => {
    const { peers, disk, client } = await onePeer();
    assert.equal(await peers.remove(client.url), true);
    assert.equal(await peers.remove(client.url), false);
    assert.deepEqual([peers.list(), disk.size, client.closed], [[], 0, true]);
  });

  it('is not undone by a request that was under way to it', async () => {
    const { peers, disk, client, state } = await onePeer();
    const changed: string[] = [];
    await peers.remove(client.url);
    peers.changed.on(({ url }) => changed.push(url));
    peers.blame(state, 'wrongBody', 'came late');
    state.apply('silent');
    peers.succeeded(state, 1);
    assert.deepEqual([disk.size, changed], [0, []]);
  });

  it('while it is being greeted leaves nothing on disk', async () => {
    const client = new FakeClient('a');
    const { peers, disk } = testPeers([client]);
    let answer!: () => void;
    client.greet = () => new Promise((resolve) => (answer = resolve));
    const adding = peers.add(client.url);
    await peers.remove(client.url);
    answer();
    await adding;
    assert.equal(disk.size, 0);
  });
});

describe('handshakes', () => {
  it('come every interval while the peer answers', async () => {
    const { peers, client, clock } = await onePeer();
    clock.elapsed += 4_999;
    await peers.tick();
    assert.equal(client.handshakes, 1);
    clock.elapsed += 1;
    await Promise.all([peers.tick(), peers.tick()]);
    assert.equal(client.handshakes, 2);
  });

  it('come ever more rarely while it does not: a hundredth of its absence, 4 s to a minute apart, and often again when it is back', async () => {
    const { peers, client, clock, state } = await onePeer();
    client.greet = unreachable;
    const pauses: number[] = [];
    for (let i = 0; i < 9; i++) {
      clock.elapsed = state.nextHandshake;
      await peers.tick();
      pauses.push(state.nextHandshake - clock.elapsed);
    }
    assert.deepEqual(pauses, [1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000]);
    assert.equal(peers.list()[0]!.consecutiveFailures, 9);
    for (const [away, pause] of [
      [1_000_000, 10_000],
      [100_000_000, 60_000],
    ] as const) {
      clock.elapsed = state.lastAnswer! + away;
      await peers.tick();
      assert.equal(state.nextHandshake - clock.elapsed, pause);
    }
    client.greet = () => Promise.resolve();
    clock.elapsed = state.nextHandshake;
    await peers.tick();
    assert.equal(state.nextHandshake - clock.elapsed, 5_000);
    assert.deepEqual([state.status, state.consecutiveFailures], ['CONNECTED', 0]);
  });

  it('come after half the pause when a peer that seemed gone sends something', async () => {
    const { peers, client, clock, state } = await onePeer();
    client.greet = unreachable;
    clock.elapsed = state.nextHandshake;
    await peers.tick();
    client.greet = () => Promise.resolve();
    peers.contacted('1'.repeat(64));
    await settled();
    assert.equal(state.status, 'UNREACHABLE');
    peers.contacted(client.id);
    await settled();
    assert.equal(state.status, 'UNREACHABLE');
    clock.elapsed += 500;
    await peers.tick();
    assert.equal(state.status, 'CONNECTED');
  });

  it('threat driven-handshakes: come no more often, however often a peer that is down is named', async () => {
    const { peers, client, clock, state } = await onePeer();
    client.greet = unreachable;
    clock.elapsed = state.nextHandshake;
    const before = client.handshakes;
    await peers.tick();
    for (let message = 0; message < 6_000; message++) {
      peers.contacted(client.id);
      await settled();
      clock.elapsed += 1;
    }
    // Pauses of 1, 2, 4 and 4 s, halved.
    assert.equal(client.handshakes - before, 5);
  });

  for (const [title, step] of [
    ['back', -86_400_000],
    ['forward', 86_400_000],
  ] as const) {
    it(`are due as before when somebody sets the date a day ${title}`, async () => {
      const { peers, client, clock, state } = await onePeer();
      client.greet = unreachable;
      clock.elapsed = state.nextHandshake;
      await peers.tick();
      clock.date += step;
      for (const pause of [1_000, 2_000, 4_000]) {
        clock.elapsed += pause - 1;
        await peers.tick();
        const before = client.handshakes;
        clock.elapsed += 1;
        await peers.tick();
        assert.equal(client.handshakes, before + 1, `after ${pause} ms`);
      }
      client.greet = () => Promise.resolve();
      clock.elapsed += 4_000;
      await peers.tick();
      assert.deepEqual([state.status, state.lastSeen], ['CONNECTED', clock.date + clock.elapsed]);
    });
  }

  it('that turn out to be of another chain make a kept peer INCOMPATIBLE until they are of ours again', async () => {
    const { client, open, clock } = await onePeer();
    client.answer = { chainId: '1'.repeat(64) };
    const peers = open();
    await peers.tick();
    assert.equal(peers.list()[0]!.status, 'INCOMPATIBLE');
    client.answer = {};
    clock.elapsed += 5_000;
    await peers.tick();
    assert.equal(peers.list()[0]!.status, 'CONNECTED');
  });

  it('that turn out to be with this node itself remove a kept peer', async () => {
    const { client, open, disk } = await onePeer();
    client.answer = { id: OWN_ID, instance: OWN_INSTANCE };
    const peers = open();
    assert.equal(peers.list().length, 1);
    await peers.tick();
    assert.deepEqual([peers.list(), disk.size], [[], 0]);
  });

  it('whose answer is malformed are no greeting: the answer before is not shown again', async () => {
    const { peers, client, state } = await onePeer();
    const greeted: string[] = [];
    peers.greeted.on(({ url }) => greeted.push(url));
    await peers.greet(state);
    assert.equal(greeted.length, 1);
    client.greet = () => Promise.reject(new PeerError('malformed', 'test'));
    await peers.greet(state);
    assert.deepEqual([greeted.length, state.status, state.standing], [1, 'CONNECTED', -10]);
  });

  it('that end after the peer was removed are no greeting', async () => {
    const { peers, client, state } = await onePeer();
    const greeted: string[] = [];
    peers.greeted.on(({ url }) => greeted.push(url));
    let answer!: () => void;
    client.greet = () => new Promise((resolve) => (answer = resolve));
    const greeting = peers.greet(state);
    await peers.remove(client.url);
    answer();
    await greeting;
    assert.deepEqual(greeted, []);
  });

  it('that refuse a peer are reported, and no answer to another request undoes that', async () => {
    const { peers, client, state } = await onePeer();
    const changed: string[] = [];
    peers.changed.on(({ status }) => changed.push(status));
    client.answer = { chainId: '1'.repeat(64) };
    await peers.greet(state);
    client.greet = unreachable;
    await peers.greet(state);
    peers.succeeded(state, 1);
    assert.deepEqual([changed, state.status], [['INCOMPATIBLE', 'UNREACHABLE'], 'UNREACHABLE']);
  });

  it('and other requests give a latency that is the median of the last 16', async () => {
    const { peers, state } = await onePeer();
    for (const latency of [
      ...Array<number>(16).fill(900),
      ...Array<number>(8).fill(10),
      40,
      ...Array<number>(7).fill(60),
    ]) {
      peers.succeeded(state, latency);
    }
    assert.equal(peers.list()[0]!.latencyMs, 40);
  });
});
